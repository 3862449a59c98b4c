import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commands } from '../../../commands/index.ts';
import type { Dispatcher } from '../../../src/discord/commands/dispatcher.ts';
import { createDispatcher } from '../../../src/discord/commands/dispatcher.ts';
import { registerCommands } from '../../../src/discord/commands/register-commands.ts';
import { createSettingsStore } from '../../../src/intake/settings/settings-store.ts';
import { sleep } from '../../../src/lib/abort.ts';
import { authorize } from '../../../src/policy/authorize.ts';
import { openMemoryStorage } from '../../../src/storage/memory-storage.ts';
import { createFakeRuns } from '../../intake/fake-runs.ts';
import { createFakeThreads } from '../../intake/fake-threads.ts';
import { createTestIntake } from '../../intake/test-intake.ts';
import { createLiveScene, endScene, type LiveScene } from '../gateway/live-scene.ts';
import { botStatus } from './command-scene.ts';

describe('slash commands over real sockets', () => {
  const runs = createFakeRuns();
  let scene: LiveScene;
  let dispatcher: Dispatcher;

  beforeAll(async () => {
    scene = await createLiveScene({
      simulator: { interactionWindowMs: 600 },
      handlers: {
        onInteraction: (interaction) => {
          dispatcher.dispatch(interaction);
        },
      },
    });
    const { gateway, budget, log } = scene;
    const botUserId = () => gateway.botUser().id;
    dispatcher = createDispatcher({
      commands,
      rest: budget,
      directory: gateway.directory,
      botUserId,
      log,
      authorize,
      context: {
        runs,
        intake: createTestIntake({ runs, botUserId, log }),
        conversations: { reset: () => Promise.resolve() },
        facts: {
          async list() {
            // Longer than Discord waits for an acknowledgement.
            await sleep(800);
            return [];
          },
          forget: () => Promise.resolve(0),
          remember: (_, fact) => Promise.resolve({ id: 'f', at: 0, ...fact }),
        },
        history: { messagesFrom: () => Promise.resolve([]) },
        models: ['scripted'],
        settings: createSettingsStore({
          store: openMemoryStorage({ timeoutMs: 1_000 }).namespace('settings'),
          log,
        }),
        threads: createFakeThreads(),
        messageContent: false,
        status: () => botStatus,
      },
    });
    await gateway.start();
    const definitions = commands.map(({ definition }) => definition);
    const store = { get: () => Promise.resolve(undefined), set: () => Promise.resolve() };
    const applicationId = gateway.applicationId();
    await registerCommands({ definitions, applicationId, rest: budget, store, log });
  });
  afterAll(async () => {
    await dispatcher.idle();
    await endScene(scene);
  });

  test('Discord accepts every definition', () => {
    const names = scene.discord.commands().map(({ name }) => name);
    const inMenus = ['Ask about this', 'Remember this', 'Summarize from here', 'Translate'];
    expect(names.toSorted()).toEqual([
      ...inMenus,
      'ask',
      'memory',
      'reset',
      'settings',
      'status',
      'stop',
      'thread',
    ]);
  });

  test('/status answers the person alone', async () => {
    const { discord, ann, general } = scene;
    const interaction = await discord.people.command(ann.id, general.id, 'status');
    expect((await interaction.answer()).content).toMatch(/ping 42 ms/);
    expect(discord.messages(general.id)).toEqual([]);
  });

  test('/ask in a channel and in a DM becomes a run', async () => {
    const { discord, ann, general } = scene;
    const values = { question: 'Tea?' };
    await discord.people.command(ann.id, general.id, 'ask', { values });
    await discord.people.command(ann.id, discord.people.openDm(ann.id).id, 'ask', { values });
    await vi.waitFor(() => {
      expect(runs.submitted.map(({ audience }) => audience)).toMatchObject([
        { kind: 'channel', channelId: general.id, everyone: true },
        { kind: 'private', userId: ann.id },
      ]);
    });
  });

  test('FAULTS 34: the permissions come from the event', async () => {
    const { discord, ann, guild, general } = scene;
    const refused = await discord.people.command(ann.id, general.id, 'stop', { values: { all: 'channel' } });
    expect((await refused.answer()).content).toMatch(/Only moderators/);
    const owner = await discord.people.command(guild.owner_id, general.id, 'stop', {
      values: { all: 'server' },
    });
    expect((await owner.answer()).content).toMatch(/Nothing is waiting/);
    expect(runs.stops).toEqual([{ filter: { guildId: guild.id }, by: 'moderator' }]);
  });

  test('FAULTS 11: a slow store does not cost the window of the interaction', async () => {
    const { discord, ann, general } = scene;
    const interaction = await discord.people.command(ann.id, general.id, 'memory', { subcommand: 'show' });
    expect(interaction.state()).toBe('thinking');
    expect((await interaction.answer()).content).toMatch(/nothing about you/);
  });
});
