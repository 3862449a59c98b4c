import { expect } from 'vitest';
import type { APIInteraction } from 'discord.js';
import { commands as allCommands } from '../../../commands/index.ts';
import type { ChannelHistory } from '../../../src/discord/channels/channel-reader.ts';
import type { BotStatus, CommandContext } from '../../../src/discord/commands/command.ts';
import { createDispatcher, type DispatcherOptions } from '../../../src/discord/commands/dispatcher.ts';
import { createSettingsStore } from '../../../src/intake/settings/settings-store.ts';
import type { ThreadOpening } from '../../../src/intake/threads.ts';
import type { Fact, FactMemory } from '../../../src/memory/ports.ts';
import { authorize } from '../../../src/policy/authorize.ts';
import { openMemoryStorage } from '../../../src/storage/memory-storage.ts';
import type { ChannelMessage } from '../../../src/tools/tool.ts';
import { createFakeRuns, type FakeRunsOptions } from '../../intake/fake-runs.ts';
import { createFakeThreads } from '../../intake/fake-threads.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createTestIntake } from '../../intake/test-intake.ts';
import { createFakeDirectory } from '../gateway/fake-directory.ts';
import { createFakeRest, type SentRequest } from './fake-rest.ts';

export const botStatus: BotStatus = {
  version: '0.1.0',
  uptimeMs: 90 * 60_000,
  isConnected: true,
  pingMs: 41.6,
  isStoreAvailable: true,
};

export interface SceneOptions extends Partial<DispatcherOptions> {
  readonly respond?: (request: SentRequest) => unknown;
  readonly runs?: FakeRunsOptions;
  readonly facts?: readonly Fact[];
  readonly messageContent?: boolean;
  readonly opening?: ThreadOpening;
  /** What a channel holds from any message on, or why it cannot be read. */
  readonly history?: readonly ChannelMessage[] | Error;
  readonly change?: (context: CommandContext) => CommandContext;
}

/** The real commands behind the real dispatcher; what they act on, and Discord, are fakes that remember. */
export function createCommandScene(options: SceneOptions = {}) {
  const runs = createFakeRuns(options.runs);
  const rest = createFakeRest(options.respond);
  const { log, lines } = recordLog();
  const resets: string[] = [];
  const forgotten: (string | undefined)[] = [];
  const remembered: (Parameters<FactMemory['remember']>[1] & { readonly userId: string })[] = [];
  const reads: Parameters<ChannelHistory['messagesFrom']>[0][] = [];
  const threads = createFakeThreads(options.opening);
  const context: CommandContext = {
    runs,
    intake: createTestIntake({ runs, log }),
    conversations: {
      reset(conversationId) {
        resets.push(conversationId);
        return Promise.resolve();
      },
    },
    facts: {
      list: () => Promise.resolve(options.facts ?? []),
      forget(_, factId) {
        forgotten.push(factId);
        return Promise.resolve(
          factId === undefined ? 3 : (options.facts ?? []).some(({ id }) => id === factId) ? 1 : 0,
        );
      },
      remember(userId, fact) {
        remembered.push({ userId, ...fact });
        return Promise.resolve({ id: 'f', at: 0, ...fact });
      },
    },
    history: {
      messagesFrom(request) {
        reads.push(request);
        const { history = [] } = options;
        return history instanceof Error ? Promise.reject(history) : Promise.resolve(history);
      },
    },
    models: ['small', 'large', 'Largest'],
    settings: createSettingsStore({
      store: openMemoryStorage({ timeoutMs: 1_000 }).namespace('settings'),
      log,
    }),
    threads,
    messageContent: options.messageContent ?? false,
    status: () => botStatus,
  };
  const dispatcher = createDispatcher({
    commands: allCommands,
    rest,
    directory: createFakeDirectory(),
    botUserId: () => '900',
    log,
    authorize,
    ...options,
    context: options.change?.(context) ?? context,
  });

  const use = async (interaction: APIInteraction): Promise<void> => {
    dispatcher.dispatch(interaction);
    await dispatcher.idle();
  };
  return {
    dispatcher,
    use,
    runs,
    rest,
    lines,
    resets,
    forgotten,
    remembered,
    reads,
    threads,
    shown: () => toShown(rest.sent),
    /** What was answered to each interaction at once, in Discord's words. */
    callbacks: () => rest.sent.filter(({ path }) => path.endsWith('/callback')).map(({ json }) => json),
    /** The messages that came after the first answers. */
    followUps: () =>
      rest.sent
        .filter(({ method, path }) => method === 'POST' && /^\/webhooks\/\d+\/[^/]+$/.test(path))
        .map(({ json }) => json),
  };
}

interface Shown {
  readonly text: string | undefined;
  readonly isEphemeral: boolean;
  readonly isDeferred: boolean;
}

interface Body {
  readonly type?: number;
  readonly content?: string;
  readonly data?: { readonly content?: string; readonly flags?: number };
}

/** What the person saw of one interaction. Every body with text must forbid mentions (FAULTS 36). */
function toShown(sent: readonly SentRequest[]): Shown {
  const callbacks = sent.filter(({ path }) => path.endsWith('/callback'));
  expect(callbacks, 'an interaction is acknowledged once').toHaveLength(1);
  const callback = callbacks[0]?.json as Body;
  const edits = sent.filter(({ path }) => path.endsWith('/messages/%40original'));
  expect(edits.length).toBeLessThanOrEqual(1);
  const edit = edits[0]?.json as Body | undefined;
  for (const body of [callback.data, edit]) {
    if (body?.content !== undefined) expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
  }
  return {
    text: edit?.content ?? callback.data?.content,
    isEphemeral: ((callback.data?.flags ?? 0) & 64) !== 0,
    isDeferred: callback.type === 5,
  };
}
