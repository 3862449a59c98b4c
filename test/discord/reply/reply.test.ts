import { ButtonStyle, ComponentType } from 'discord.js';
import type { APIMessageTopLevelComponent } from 'discord.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import type { SendResult } from '../../../src/discord/outgoing/outgoing-request.ts';
import type { OutgoingBudget } from '../../../src/discord/outgoing/ports.ts';
import { createReplyFactory } from '../../../src/discord/reply/reply.ts';
import { createLog } from '../../../src/observability/log.ts';
import type { Delivery, Reply, ReplyFactory, RunOutcome } from '../../../src/runs/ports.ts';
import type { Run } from '../../../src/runs/run.ts';
import { FakeDiscord, failed, refused } from '../outgoing/fake-discord.ts';

const channelId = '200000000000000001';
const botLog = createLog({ level: 'silent', secrets: [] });

let discord: FakeDiscord;
let budget: OutgoingBudget;
let replies: ReplyFactory;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  start();
});

afterEach(() => {
  budget.close();
  vi.useRealTimers();
});

function start(requestsPerSecond = 50): void {
  discord = new FakeDiscord();
  budget = createOutgoingBudget({
    sender: discord,
    requestsPerSecond,
    now: () => Date.now(),
    random: () => 0.5,
  });
  replies = createReplyFactory({ budget, applicationId: () => '5', botUserId: () => '5', log: botLog });
}

let lastRun = 0;

function createRun(origin?: Run['origin'], place: Partial<Pick<Run, 'channelId' | 'replaces'>> = {}): Run {
  lastRun += 1;
  const id = `10000000000000${String(lastRun).padStart(4, '0')}`;
  return {
    version: 1,
    id,
    createdAt: Date.now(),
    conversationId: 'c',
    audience: { kind: 'private', userId: '1' },
    guildId: '2',
    channelId,
    requester: { id: '1', name: 'Ann' },
    origin: origin ?? { kind: 'message', messageId: id },
    prompt: { text: 'question', quotes: [], attachments: [] },
    model: null,
    replaces: null,
    ...place,
  };
}

const privately: Run['origin'] = { kind: 'interaction', interactionId: '7', token: 'tok', isPrivate: true };
const publicly: Run['origin'] = { ...privately, isPrivate: false };

interface Json {
  readonly content: string;
  readonly allowed_mentions: unknown;
  readonly flags: number;
  readonly nonce?: string;
  readonly enforce_nonce?: boolean;
  readonly message_reference?: unknown;
  readonly attachments?: unknown;
  readonly components?: unknown;
}

function messages(): { method: string; path: string; status: number; json: Json; at: number }[] {
  return discord.arrivals
    .filter(({ path, json }) => !path.endsWith('/typing') && json !== undefined)
    .map((arrival) => ({ ...arrival, json: arrival.json as Json }));
}

function typings(): number[] {
  return discord.arrivals.filter(({ path }) => path.endsWith('/typing')).map(({ at }) => at);
}

async function streamText(reply: Reply, text: string, chunk = 20, everyMs = 100): Promise<void> {
  for (let at = 0; at < text.length; at += chunk) {
    reply.onEvent({ type: 'text-delta', text: text.slice(at, at + chunk) });
    await vi.advanceTimersByTimeAsync(everyMs);
  }
}

async function finish(reply: Reply, outcome: RunOutcome, limitMs = 60_000): Promise<Delivery> {
  let delivery: Delivery | undefined;
  reply.finish(outcome).then(
    (value) => {
      delivery = value;
    },
    () => undefined,
  );
  for (let waited = 0; !delivery && waited < limitMs; waited += 10) await vi.advanceTimersByTimeAsync(10);
  if (!delivery) throw new Error('finish did not resolve');
  return delivery;
}

function answered(text: string): RunOutcome {
  return { kind: 'answered', text };
}

const sentence = 'This is a sentence of an answer that goes on. ';

describe('an answer', () => {
  test('a short one costs one create: a reply that pings nobody, with a nonce, links not unfolded', async () => {
    const run = createRun();
    const reply = replies.open(run);
    reply.started();
    await streamText(reply, 'A short answer.', 5);
    const delivery = await finish(reply, answered('A short answer.'));
    expect(delivery).toEqual({ delivered: true, messageIds: ['1'] });
    expect(discord.arrivals).toHaveLength(1);
    expect(messages()[0]).toMatchObject({ method: 'POST', path: `/channels/${channelId}/messages` });
    expect(messages()[0]?.json).toEqual({
      content: 'A short answer.',
      allowed_mentions: { parse: [], replied_user: false },
      flags: 4,
      message_reference: { message_id: run.id, fail_if_not_exists: false },
      nonce: `${run.id}.0`,
      enforce_nonce: true,
    });
  });

  test('a long one appears early, grows by edits and ends whole', async () => {
    const text = sentence.repeat(30);
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, text);
    await finish(reply, answered(text));
    const shown = messages();
    expect(shown[0]?.method).toBe('POST');
    expect(shown[0]?.json.content.length).toBeLessThan(300);
    expect(shown.slice(1).every(({ method }) => method === 'PATCH')).toBe(true);
    expect(shown.length).toBeGreaterThan(4);
    expect(shown.length).toBeLessThan(12);
    shown.reduce((before, after) => {
      expect(after.json.content.startsWith(before.json.content)).toBe(true);
      return after;
    });
    expect(shown.at(-1)?.json.content).toBe(text);
    expect(discord.refused429).toBe(0);
  });

  test('needs no last edit if all of it is shown already', async () => {
    const text = sentence.repeat(4);
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, text);
    await vi.advanceTimersByTimeAsync(3000);
    const before = discord.arrivals.length;
    await finish(reply, answered(text));
    expect(discord.arrivals).toHaveLength(before);
  });

  test('FAULTS 36: no body without allowed_mentions, whatever it is for', async () => {
    const outcomes: RunOutcome[] = [
      answered(`@everyone <@1> ${sentence.repeat(100)}`),
      { kind: 'failed', text: '', notice: 'It failed.' },
      { kind: 'cancelled', text: 'so far', by: 'moderator' },
    ];
    for (const origin of [undefined, privately, publicly]) {
      for (const outcome of outcomes) {
        const reply = replies.open(createRun(origin));
        reply.waiting(20);
        await vi.advanceTimersByTimeAsync(6000);
        reply.started();
        await streamText(reply, outcome.text, 400);
        await finish(reply, outcome);
      }
      const refused = replies.refuse(createRun(origin), 'No.');
      await vi.advanceTimersByTimeAsync(6000);
      await refused;
    }
    expect(messages().length).toBeGreaterThanOrEqual(25);
    for (const { json } of messages()) {
      expect(json.allowed_mentions).toEqual({ parse: [], replied_user: false });
      expect(json.flags & 4).toBe(4);
    }
  });

  test('parts come in order, each with a nonce of its own, the first alone as a reply', async () => {
    const run = createRun();
    const text = sentence.repeat(100);
    const reply = replies.open(run);
    reply.started();
    const delivery = await finish(reply, answered(text));
    const shown = messages();
    expect(shown.map(({ json }) => json.nonce)).toEqual([`${run.id}.0`, `${run.id}.1`, `${run.id}.2`]);
    expect(shown.map(({ json }) => json.message_reference !== undefined)).toEqual([true, false, false]);
    expect(shown.map(({ json }) => json.content).join('')).toBe(text);
    expect(delivery.messageIds).toHaveLength(3);
  });

  test('a part that another follows is whole and no longer changes', async () => {
    const text = sentence.repeat(100);
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, text, 60);
    await finish(reply, answered(text));
    const shown = messages();
    const secondAt = shown.findIndex(({ json }) => json.nonce?.endsWith('.1'));
    const firstPart = shown.slice(0, secondAt).at(-1)?.json.content ?? '';
    expect(firstPart.length).toBeGreaterThan(1900);
    const path = shown[1]?.path;
    expect(shown.slice(secondAt).some((one) => one.path === path)).toBe(false);
  });

  test('a very long one becomes a file with its beginning', async () => {
    const text = sentence.repeat(250);
    const reply = replies.open(createRun());
    reply.started();
    const delivery = await finish(reply, answered(text));
    expect(delivery.messageIds).toHaveLength(1);
    const [only] = messages();
    expect(only?.json.attachments).toEqual([{ id: 0, filename: 'answer.md' }]);
    expect(only?.json.content.length).toBeLessThanOrEqual(2000);
    expect(only?.json.content).toContain('the whole answer is in the file');
  });

  test('a very long one where the bot may not attach files goes out as messages', async () => {
    const text = sentence.repeat(250);
    discord.script.push(refused(403, 50_013));
    const reply = replies.open(createRun(publicly));
    reply.started();
    const delivery = await finish(reply, answered(text));
    expect(delivery.delivered).toBe(true);
    expect(
      messages()
        .slice(1)
        .map(({ json }) => json.content)
        .join(''),
    ).toBe(text);
  });

  test('nothing to say is said', async () => {
    const reply = replies.open(createRun());
    reply.started();
    await finish(reply, answered(' \n\u200b'));
    expect(messages().map(({ json }) => json.content)).toEqual(['I have no answer to that.']);
  });
});

describe('under load', () => {
  test('an answer that is complete when its turn comes costs one create', async () => {
    start(2);
    const all = Array.from({ length: 8 }, (_, i) => {
      const reply = replies.open(createRun(undefined, { channelId: `20000000000000002${i}` }));
      reply.started();
      return { reply, text: `${i} ${sentence.repeat(8)}` };
    });
    await Promise.all(all.map(({ reply, text }) => streamText(reply, text, 60, 0)));
    await vi.advanceTimersByTimeAsync(1500);
    const finished = Promise.all(all.map(({ reply, text }) => reply.finish(answered(text))));
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await finished).every(({ delivered }) => delivered)).toBe(true);
    expect(messages().length).toBeLessThanOrEqual(10);
    expect(discord.refused429).toBe(0);
  });

  test('ten answers in one channel all grow', async () => {
    const texts = Array.from({ length: 10 }, (_, i) => `${i}: ${sentence.repeat(40)}`);
    const open = texts.map(() => replies.open(createRun()));
    for (const reply of open) reply.started();
    await Promise.all(open.map((reply, i) => streamText(reply, texts[i] ?? '', 5, 100)));
    const edits = new Map<string, number>();
    for (const { method, path } of messages())
      if (method === 'PATCH') edits.set(path, (edits.get(path) ?? 0) + 1);
    expect(edits.size).toBe(10);
    expect(Math.min(...edits.values())).toBeGreaterThanOrEqual(2);
    await Promise.all(open.map((reply, i) => finish(reply, answered(texts[i] ?? ''), 120_000)));
    expect(discord.refused429).toBe(0);
  });
});

describe('typing', () => {
  test('FAULTS 25: shows while nothing is visible, about every 8 s, and never after the first text or the end', async () => {
    const reply = replies.open(createRun());
    reply.waiting(2);
    await vi.advanceTimersByTimeAsync(9000);
    reply.started();
    await vi.advanceTimersByTimeAsync(9000);
    expect(typings()).toHaveLength(3);
    const firstTextAt = Date.now();
    await streamText(reply, sentence.repeat(20), 10, 200);
    await finish(reply, answered(sentence.repeat(20)));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(typings().every((at) => at < firstTextAt)).toBe(true);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  test('FAULTS 10, 25: a run whose question is deleted, waiting or at work, stops typing', async () => {
    const [waiting, working] = [replies.open(createRun()), replies.open(createRun())];
    waiting.waiting(1);
    working.started();
    await vi.advanceTimersByTimeAsync(9000);
    const before = typings().length;
    expect(before).toBeGreaterThan(0);
    const deleted = { kind: 'cancelled', text: '', by: 'deleted' } as const;
    await Promise.all([finish(waiting, deleted), finish(working, deleted)]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(typings()).toHaveLength(before);
    expect(messages()).toEqual([]);
  });

  test('many runs of a channel share one call; a quick answer needs none', async () => {
    const open = Array.from({ length: 5 }, () => replies.open(createRun()));
    for (const reply of open) reply.started();
    await vi.advanceTimersByTimeAsync(1000);
    expect(typings()).toHaveLength(1);
    await Promise.all(open.map((reply) => finish(reply, answered('done'))));
    const quick = replies.open(createRun(undefined, { channelId: '200000000000000009' }));
    quick.started();
    await vi.advanceTimersByTimeAsync(100);
    await finish(quick, answered('quick'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(typings()).toHaveLength(1);
  });

  test('FAULTS 25: an answer waits for the typing call that is on its way', async () => {
    discord.travelMs = () => 100;
    const reply = replies.open(createRun());
    reply.started();
    await vi.advanceTimersByTimeAsync(510);
    await finish(reply, answered('done'));
    const [typing, answer] = discord.arrivals;
    expect(typing?.path).toContain('/typing');
    expect(answer?.at).toBeGreaterThanOrEqual((typing?.at ?? 0) + 100);
  });

  test('an interaction, which shows by itself that the bot thinks, needs none', async () => {
    const reply = replies.open(createRun(publicly));
    reply.started();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(discord.arrivals).toHaveLength(0);
    await finish(reply, answered('done'));
  });
});

describe('while it waits', () => {
  test('somebody far back is told their place; the answer takes its place', async () => {
    const reply = replies.open(createRun());
    reply.waiting(14);
    await vi.advanceTimersByTimeAsync(4000);
    expect(messages()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(messages().map(({ json }) => json.content)).toEqual(['You are number 14 in line.']);
    reply.waiting(3);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(messages().at(-1)).toMatchObject({
      method: 'PATCH',
      json: { content: 'You are number 3 in line.' },
    });
    reply.started();
    await finish(reply, answered('Here you are.'));
    expect(messages().at(-1)).toMatchObject({ method: 'PATCH', json: { content: 'Here you are.' } });
    expect(messages().filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('somebody near the front is not', async () => {
    const reply = replies.open(createRun());
    reply.waiting(9);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(messages()).toHaveLength(0);
    await finish(reply, { kind: 'cancelled', text: '', by: 'requester' });
    expect(messages()).toHaveLength(0);
  });
});

describe('an answer made once more', () => {
  test('takes the place of the earlier one, whose messages beyond it go', async () => {
    const replaces = { runId: '1', messageIds: ['901', '902'] };
    const reply = replies.open(createRun(undefined, { replaces }));
    reply.started();
    const delivery = await finish(reply, answered('Shorter.'));
    expect(delivery).toEqual({ delivered: true, messageIds: ['901'] });
    expect(discord.arrivals.map(({ method, path }) => `${method} ${path.slice(-3)}`)).toEqual([
      'PATCH 901',
      'DELETE 902',
    ]);
  });

  test('is posted where the earlier one is gone, and its new parts have nonces of their own', async () => {
    discord.script.push(refused(404, 10_008));
    const run = createRun(undefined, { replaces: { runId: '1', messageIds: ['901'] } });
    const delivery = await finish(replies.open(run), answered('There.'));
    expect(delivery.delivered).toBe(true);
    const [, create] = messages();
    expect(create?.method).toBe('POST');
    expect(create?.json.nonce).toMatch(new RegExp(`^${run.id}\\.0.{3}$`));
    expect(create?.json.nonce?.length).toBeLessThanOrEqual(25);
  });

  test('an edited question begins the same messages again', async () => {
    const run = createRun();
    const reply = replies.open(run);
    reply.started();
    await streamText(reply, sentence.repeat(60), 100);
    await vi.advanceTimersByTimeAsync(5000);
    reply.restart({ ...run, prompt: { ...run.prompt, text: 'another question' } });
    await streamText(reply, 'Another answer.', 5);
    const delivery = await finish(reply, answered('Another answer.'));
    expect(delivery.messageIds).toEqual(['1']);
    expect(messages().at(-1)?.json.content).toBe('Another answer.');
    expect(messages().filter(({ method }) => method === 'POST')).toHaveLength(2);
    expect(discord.arrivals.at(-1)?.method).toBe('DELETE');
  });

  test('a deleted question takes its answer along; an answer can be removed', async () => {
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, sentence.repeat(6));
    const delivery = await finish(reply, { kind: 'cancelled', text: 'so far', by: 'deleted' });
    expect(delivery).toEqual({ delivered: true, messageIds: [] });
    expect(discord.arrivals.at(-1)).toMatchObject({
      method: 'DELETE',
      path: `/channels/${channelId}/messages/1`,
    });
    discord.script.push(refused(404, 10_008));
    const removed = replies.remove(createRun(), ['5', '6']);
    await vi.advanceTimersByTimeAsync(1000);
    await removed;
    expect(discord.arrivals.slice(-2).map(({ method }) => method)).toEqual(['DELETE', 'DELETE']);
  });
});

describe('controls', () => {
  test('stand under the last message, change at the end, and cost a short answer nothing', async () => {
    const toButtons = (label: string): APIMessageTopLevelComponent[] => [
      {
        type: ComponentType.ActionRow,
        components: [{ type: ComponentType.Button, style: ButtonStyle.Secondary, label, custom_id: label }],
      },
    ];
    replies = createReplyFactory({
      budget,
      applicationId: () => '5',
      botUserId: () => '5',
      log: botLog,
      controls: (_, state) => toButtons(state === 'active' ? 'Stop' : 'Retry'),
    });
    const labelsOf = (): unknown[] =>
      messages().map(({ json }) => JSON.stringify(json.components).match(/Stop|Retry/)?.[0]);
    const short = replies.open(createRun());
    short.started();
    await finish(short, answered('Short.'));
    expect(labelsOf()).toEqual(['Retry']);
    start();
    replies = createReplyFactory({
      budget,
      applicationId: () => '5',
      botUserId: () => '5',
      log: botLog,
      controls: (_, state) => toButtons(state === 'active' ? 'Stop' : 'Retry'),
    });
    const long = replies.open(createRun());
    long.started();
    await streamText(long, sentence.repeat(60), 100);
    await finish(long, answered(sentence.repeat(60)));
    const byMessage = Object.groupBy(messages(), ({ method, path }, i) =>
      method === 'POST' ? String(i) : path,
    );
    expect(Object.keys(byMessage).length).toBeGreaterThan(1);
    const last = messages().at(-1);
    expect(JSON.stringify(last?.json.components)).toContain('Retry');
    const first = messages()
      .filter(({ path }) => path.endsWith('/messages/1'))
      .at(-1);
    expect(first?.json.components).toEqual([]);
    expect(labelsOf()[0]).toBe('Stop');
  });
});

describe('other ends', () => {
  test('a failure is one honest sentence behind what text there is', async () => {
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, `Look:\n\`\`\`ts\nconst x = ${'1 + '.repeat(40)}`);
    await finish(reply, { kind: 'failed', text: '', notice: 'The connection to the model broke off.' });
    const last = messages().at(-1)?.json.content ?? '';
    expect(last).toMatch(/^Look:\n```ts\nconst x = .*\n```\n\nThe connection to the model broke off\.$/);
    const silent = replies.open(createRun());
    await finish(silent, { kind: 'failed', text: '', notice: 'It failed.' });
    expect(messages().at(-1)?.json.content).toBe('It failed.');
  });

  test('a stop keeps the text so far; before anything was seen it says nothing', async () => {
    const text = sentence.repeat(5);
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, text);
    await finish(reply, { kind: 'cancelled', text, by: 'requester' });
    expect(messages().at(-1)?.json.content).toBe(`${text}\n\n(stopped)`);
    const before = messages().length;
    const unseen = replies.open(createRun());
    unseen.started();
    unseen.onEvent({ type: 'text-delta', text: 'not yet shown' });
    const delivery = await finish(unseen, { kind: 'cancelled', text: 'not yet shown', by: 'requester' });
    expect(delivery).toEqual({ delivered: true, messageIds: [] });
    expect(messages()).toHaveLength(before);
    const command = replies.open(createRun(privately));
    await finish(command, { kind: 'cancelled', text: '', by: 'requester' });
    expect(messages().at(-1)?.json.content).toBe('(stopped)');
  });

  test('an answer that ends otherwise than it was streamed shows just the end', async () => {
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, sentence.repeat(70), 100);
    await vi.advanceTimersByTimeAsync(10_000);
    const delivery = await finish(reply, answered('In short: no.'));
    expect(delivery.messageIds).toHaveLength(1);
    expect(messages().at(-1)?.json.content).toBe('In short: no.');
    expect(discord.arrivals.at(-1)?.method).toBe('DELETE');
  });
});

describe('interactions', () => {
  test('the deferred answer is edited, more parts follow, as private as asked', async () => {
    const text = sentence.repeat(100);
    for (const [origin, flags] of [
      [privately, 68],
      [publicly, 4],
    ] as const) {
      start();
      const reply = replies.open(createRun(origin));
      reply.started();
      expect((await finish(reply, answered(text))).delivered).toBe(true);
      expect(messages().map(({ method, path }) => `${method} ${path}`)).toEqual([
        'PATCH /webhooks/5/tok/messages/%40original',
        'POST /webhooks/5/tok',
        'POST /webhooks/5/tok',
      ]);
      expect(messages().map(({ json }) => json.flags)).toEqual([4, flags, flags]);
    }
  });

  test('a public one goes on as a plain message before the token ends, and when it is refused', async () => {
    const reply = replies.open(createRun(publicly));
    reply.started();
    await streamText(reply, sentence.repeat(5));
    await vi.advanceTimersByTimeAsync(14.6 * 60_000);
    await finish(reply, answered(sentence.repeat(60)));
    const [edit, create] = messages().slice(-2);
    expect(edit).toMatchObject({
      method: 'PATCH',
      path: expect.stringContaining(`/channels/${channelId}/messages/`) as string,
    });
    expect(create).toMatchObject({ method: 'POST', path: `/channels/${channelId}/messages` });

    discord.script.push(refused(404, 10_015));
    const refusedOne = replies.open(createRun(publicly));
    expect((await finish(refusedOne, answered('hello'))).delivered).toBe(true);
    expect(messages().at(-1)?.path).toBe(`/channels/${channelId}/messages`);

    discord.script.push(refused(404, 10_015));
    const privateOne = replies.open(createRun(privately));
    expect(await finish(privateOne, answered('secret'))).toEqual({
      delivered: false,
      isRefused: true,
      messageIds: [],
    });
    expect(messages().at(-1)?.path).toBe('/webhooks/5/tok/messages/%40original');
  });
});

describe('when Discord refuses or fails', () => {
  test('FAULTS 20: a create whose answer was lost is sent again with the same nonce and text', async () => {
    discord.script.push(failed());
    const reply = replies.open(createRun());
    reply.started();
    expect((await finish(reply, answered('Once.'))).delivered).toBe(true);
    const [first, second] = messages();
    expect(second?.json).toEqual(first?.json);
  });

  test('FAULTS 21: only the part that is missing is sent again', async () => {
    const ok: SendResult = { kind: 'ok', data: { id: '900' }, limits: undefined };
    discord.script.push(ok, failed(), failed());
    const run = createRun();
    const reply = replies.open(run);
    expect((await finish(reply, answered(sentence.repeat(60)))).delivered).toBe(true);
    const nonces = messages().map(({ json }) => json.nonce?.slice(-1));
    expect(nonces).toEqual(['0', '1', '1', '1']);
  });

  test('FAULTS 22: an answer is kept while Discord is down and delivered when it is back', async () => {
    discord.script.push(...Array.from({ length: 10 }, () => failed()));
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, sentence.repeat(10));
    expect((await finish(reply, answered(sentence.repeat(10)), 120_000)).delivered).toBe(true);
    expect(messages().at(-1)?.json.content).toBe(sentence.repeat(10));
  });

  test('FAULTS 22: what cannot be delivered ends all the same', async () => {
    discord.script.push(...Array.from({ length: 100 }, () => failed()));
    const reply = replies.open(createRun());
    const delivery = await finish(reply, answered('hello'), 200_000);
    expect(delivery).toEqual({ delivered: false, messageIds: [] });
  });

  test('FAULTS 23: where the message cannot be referred to, the answer comes without the reference', async () => {
    for (const code of [10_008, 160_002, 50_035]) {
      discord.script.push(refused(400, code));
      const reply = replies.open(createRun());
      expect((await finish(reply, answered('hello'))).delivered).toBe(true);
      expect(messages().at(-1)?.json.message_reference).toBeUndefined();
    }
  });

  test('FAULTS 23: an archived thread is woken', async () => {
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, sentence.repeat(4));
    await vi.advanceTimersByTimeAsync(3000);
    discord.script.push(refused(400, 50_083));
    const text = `${sentence.repeat(4)}And the end.`;
    expect((await finish(reply, answered(text))).delivered).toBe(true);
    expect(discord.arrivals.at(-2)).toMatchObject({
      method: 'PATCH',
      path: `/channels/${channelId}`,
      json: { archived: false },
    });
  });

  test('FAULTS 23: where the bot may not speak there is one attempt, one outcome, and silence for a while', async () => {
    for (const code of [50_001, 50_013, 10_003, 160_005]) {
      start();
      discord.script.push(refused(403, code));
      const reply = replies.open(createRun());
      reply.started();
      await streamText(reply, sentence.repeat(10));
      expect(await finish(reply, answered(sentence.repeat(10)))).toEqual({
        delivered: false,
        isRefused: true,
        messageIds: [],
      });
      expect(messages()).toHaveLength(1);
      const next = replies.open(createRun());
      next.started();
      await vi.advanceTimersByTimeAsync(10_000);
      expect((await finish(next, answered('again'))).delivered).toBe(false);
      await replies.refuse(createRun(), 'No.');
      expect(messages()).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(300_000);
      expect((await finish(replies.open(createRun()), answered('later'))).delivered).toBe(true);
    }
  });

  test('FAULTS 23: an answer that somebody removed is not posted anew', async () => {
    const reply = replies.open(createRun());
    reply.started();
    await streamText(reply, sentence.repeat(5));
    discord.script.push(refused(404, 10_008));
    const delivery = await finish(reply, answered(sentence.repeat(6)));
    expect(delivery.delivered).toBe(false);
    expect(messages().filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});

describe('refusals', () => {
  test('one in words for each person in a few seconds, then a reaction', async () => {
    const all = Promise.all([1, 2, 3].map(() => replies.refuse(createRun(), 'Please wait.')));
    await vi.advanceTimersByTimeAsync(1000);
    await all;
    expect(messages().map(({ json }) => json.content)).toEqual(['Please wait.']);
    expect(discord.arrivals.filter(({ path }) => path.includes('/reactions/'))).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(6000);
    const later = replies.refuse(createRun(), 'Please wait again.');
    await vi.advanceTimersByTimeAsync(1000);
    await later;
    expect(messages()).toHaveLength(2);
  });

  test('of a command only the person reads it', async () => {
    const all = Promise.all([
      replies.refuse(createRun(privately), 'No.'),
      replies.refuse(createRun(publicly), 'No.'),
    ]);
    await vi.advanceTimersByTimeAsync(1000);
    await all;
    expect(discord.arrivals.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'DELETE /webhooks/5/tok/messages/%40original',
      'PATCH /webhooks/5/tok/messages/%40original',
      'POST /webhooks/5/tok',
    ]);
    expect(messages().find(({ method }) => method === 'POST')?.json.flags).toBe(68);
  });

  test('FAULTS 7: a flood of them does not take the place of the answers', async () => {
    const refusals = Array.from({ length: 2000 }, (_, i) =>
      replies.refuse(
        {
          ...createRun(undefined, { channelId: `3000000000000${i + 1000}` }),
          requester: { id: `4${i}`, name: 'X' },
        },
        'No.',
      ),
    );
    const started = Date.now();
    await finish(replies.open(createRun()), answered('hello'));
    expect(Date.now() - started).toBeLessThan(5000);
    await Promise.all(refusals);
  });
});
