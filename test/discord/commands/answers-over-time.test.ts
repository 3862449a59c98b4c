import type { APIMessage } from 'discord.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commands } from '../../../commands/index.ts';
import type { Dispatcher } from '../../../src/discord/commands/dispatcher.ts';
import { registerCommands } from '../../../src/discord/commands/register-commands.ts';
import { createReplyFactory } from '../../../src/discord/reply/reply.ts';
import { sleep } from '../../../src/lib/abort.ts';
import type { Reply, ReplyFactory } from '../../../src/runs/ports.ts';
import type { Run } from '../../../src/runs/run.ts';
import { createLiveScene, endScene, type LiveScene } from '../gateway/live-scene.ts';
import { replySurroundings } from '../reply/reply-surroundings.ts';
import { createCommandScene } from './command-scene.ts';

/** A minute of Discord in this test. */
const minuteMs = 40;
const long = 'A sentence about tea. '.repeat(1_000);

let scene: LiveScene;
let dispatcher: Dispatcher;
let replies: ReplyFactory;
let foreign: string;
const runs: Run[] = [];

beforeAll(async () => {
  scene = await createLiveScene({
    simulator: { interactionTokenMs: 15 * minuteMs },
    handlers: {
      onInteraction: (interaction) => {
        dispatcher.dispatch(interaction);
      },
    },
  });
  const { gateway, budget, log, discord, ann } = scene;
  ({ dispatcher } = createCommandScene({
    rest: budget,
    directory: gateway.directory,
    botUserId: () => gateway.botUser().id,
    runs: {
      admit(run) {
        runs.push(run);
        return { kind: 'admitted', isPending: false };
      },
    },
  }));
  replies = createReplyFactory({
    ...replySurroundings(),
    budget,
    applicationId: gateway.applicationId,
    botUserId: () => gateway.botUser().id,
    log,
    timings: { tokenLifeMs: 14.5 * minuteMs, stayingNoticeMs: 12 * minuteMs },
  });
  await gateway.start();
  const store = { get: () => Promise.resolve(undefined), set: () => Promise.resolve() };
  await registerCommands({
    definitions: commands.map(({ definition }) => definition),
    applicationId: gateway.applicationId(),
    rest: budget,
    store,
    log,
  });
  const guild = discord.people.addGuild({ memberIds: [ann.id], withBot: false });
  foreign = discord.people.addChannel(guild.id).id;
});
afterAll(async () => {
  await endScene(scene);
});

async function ask(given: { private?: boolean; channelId?: string } = {}) {
  const { discord, ann } = scene;
  const channelId = given.channelId ?? discord.people.addChannel(scene.guild.id).id;
  const interaction = await discord.people.command(ann.id, channelId, 'ask', {
    values: { question: 'Tea?', private: given.private ?? false },
    userInstalled: channelId === foreign,
  });
  const run = await vi.waitFor(() => {
    const found = runs.find(({ id }) => id === interaction.id);
    if (!found) throw new Error('not yet');
    return found;
  });
  const reply = replies.open(run);
  reply.started();
  return { interaction, run, reply, shown: () => discord.messages(channelId) };
}

const end = (reply: Reply, text: string) => reply.finish({ kind: 'answered', text });
const textsOf = (messages: readonly APIMessage[]): string[] => messages.map(({ content }) => content);

describe.concurrent('answers that outlive the token of their interaction', () => {
  test('nothing seen yet: a message that stays, which the answer takes the place of', async () => {
    const { reply, shown } = await ask();
    await vi.waitFor(() => {
      expect(textsOf(shown())).toEqual(['This takes longer than usual. My answer will come here.']);
    });
    const [notice] = shown();
    await sleep(6 * minuteMs);
    const { delivered, messageIds } = await end(reply, 'Tea, of course.');
    expect({ delivered, messageIds }).toEqual({ delivered: true, messageIds: [notice?.id] });
    expect(textsOf(shown())).toEqual(['Tea, of course.']);
  });

  test('text seen already: it goes on in the same message, and the next parts in the channel', async () => {
    const { reply, shown } = await ask();
    const beginning = 'Tea is a drink. '.repeat(20);
    reply.onEvent({ type: 'text-delta', text: beginning });
    await vi.waitFor(() => {
      expect(shown()[0]?.content).toContain('Tea is a drink.');
    });
    await sleep(16 * minuteMs);
    const answer = beginning + 'It is made of leaves. '.repeat(150);
    const { delivered, messageIds } = await end(reply, answer);
    expect(delivered).toBe(true);
    expect(messageIds).toEqual(shown().map(({ id }) => id));
    expect(shown().length).toBeGreaterThan(1);
    expect(textsOf(shown()).join(' ').replaceAll(/\s+/g, ' ').trim()).toBe(answer.trim());
  });

  test('a private answer has nowhere else to go: what comes too late is given up', async () => {
    const { reply, interaction, shown } = await ask({ private: true });
    await sleep(16 * minuteMs);
    expect(await end(reply, 'A secret.')).toMatchObject({ delivered: false, isRefused: true });
    expect(shown()).toEqual([]);
    expect(textsOf(interaction.messages())).not.toContain('A secret.');
  });

  test('in a server without the bot nothing is tried but the token', async () => {
    const { reply, shown } = await ask({ channelId: foreign });
    await sleep(16 * minuteMs);
    const paths: string[] = [];
    const stop = scene.discord.observe((event) => {
      if (event.type === 'rest') paths.push(event.path);
    });
    expect(await end(reply, 'Too late.')).toMatchObject({ delivered: false, isRefused: true });
    stop();
    expect(paths.filter((path) => path.includes(foreign))).toEqual([]);
    expect(textsOf(shown())).not.toContain('Too late.');
  });
});

test('where no file is taken and the bot is no member: six messages, and a word that there was more', async () => {
  const { reply, interaction } = await ask({ channelId: foreign });
  scene.discord.faults.rest({
    path: /messages\/(?:@|%40)original/,
    status: 403,
    body: { code: 50_013, message: 'Missing Permissions' },
    times: 1,
  });
  expect(await end(reply, long)).toMatchObject({ delivered: true });
  const shown = textsOf(interaction.messages());
  expect(shown).toHaveLength(6);
  expect(shown.at(-1)).toMatch(
    /The answer is longer, with 22,000 characters in all; the rest is not shown\./,
  );
  for (const text of shown) expect(text.length).toBeLessThanOrEqual(2_000);
});
