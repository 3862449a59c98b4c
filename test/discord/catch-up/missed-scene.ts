import { CatchUp, type CatchUpOptions } from '../../../src/discord/catch-up/catch-up.ts';
import { createHeard, type HeardOptions } from '../../../src/discord/catch-up/heard.ts';
import type { GatewayHandlers } from '../../../src/discord/gateway/dispatches.ts';
import type { IncomingMessage } from '../../../src/intake/incoming.ts';
import { createGaps } from '../../../src/runs/gaps.ts';
import type { KeyValueStore } from '../../../src/storage/ports.ts';
import { createLiveScene, endScene, type LiveOptions } from '../gateway/live-scene.ts';

export interface MissedOptions extends LiveOptions {
  readonly catchUp?: Partial<CatchUpOptions>;
  readonly heard?: Partial<HeardOptions>;
}

/** The real gateway and catch-up before a door that only notes what comes, with cursors that the test sets. */
export async function createMissedScene({
  catchUp: given,
  heard: heardOptions,
  ...live
}: MissedOptions = {}) {
  const cursors = new Map<string, string>();
  const gaps = createGaps();
  const heard: IncomingMessage[] = [];
  const { store, written, write } = createStore();
  const handlers: GatewayHandlers = {
    onMessage: (message) => {
      catchUp.onMessage(message);
    },
    onMessageUpdate: (message) => {
      catchUp.onMessageUpdate(message);
    },
    onMessageDelete: (messageId, channelId) => {
      catchUp.onMessageDelete(messageId, channelId);
    },
    onSession: (session) => {
      catchUp.onSession(session);
    },
    onInteraction: () => undefined,
  };
  const scene = await createLiveScene({
    ...live,
    handlers,
    gateway: { loginIntervalMs: 0, ...live.gateway },
    simulator: { rateLimits: 'off', ...live.simulator },
  });
  const catchUp = new CatchUp({
    cursors: {
      cursors: ({ after }) =>
        Promise.resolve(new Map([...cursors].filter(([, messageId]) => BigInt(messageId) > BigInt(after)))),
      forgetChannelsUntil: (until) => {
        for (const [channelId, messageId] of cursors) {
          if (BigInt(messageId) <= BigInt(until)) cursors.delete(channelId);
        }
        return Promise.resolve();
      },
      forgetChannel: (channelId) => {
        cursors.delete(channelId);
        return Promise.resolve();
      },
    },
    gaps,
    heard: createHeard({
      store,
      gaps,
      shards: () => scene.gateway.readiness().shards,
      log: scene.log,
      ...heardOptions,
    }),
    latestMessages: scene.gateway.latestMessages,
    rest: scene.budget,
    directory: scene.gateway.directory,
    botUserId: () => scene.discord.botUserId,
    door: { onMessage: (message) => heard.push(message) },
    log: scene.log,
    ...given,
  });
  const { people, botUserId } = scene.discord;
  return {
    ...scene,
    catchUp,
    cursors,
    /** Up to which message everything was heard, as it is written down. */
    written,
    /** As an earlier process did. */
    write,
    gaps,
    heardIds: () => heard.map(({ id }) => id),
    heard,
    /** Ann mentions the bot; the message's id. */
    mention: (channelId: string, text = 'hello') =>
      people.say(scene.ann.id, channelId, `<@${botUserId}> ${text}`).id,
    async start() {
      await scene.gateway.start();
      catchUp.start();
    },
    async [Symbol.asyncDispose]() {
      await scene.gateway.stop();
      await catchUp.stop();
      await endScene(scene);
    },
  };
}

/** What was heard, as the next process finds it. */
export function createStore(heardUntil?: string) {
  let record: unknown;
  const write = (messageId: string): void => {
    record = { version: 1, messageId };
  };
  if (heardUntil !== undefined) write(heardUntil);
  const store: KeyValueStore = {
    get: () => Promise.resolve(record),
    set(_key, value) {
      record = value;
      return Promise.resolve();
    },
    delete: () => Promise.resolve(true),
  };
  const written = (): string | undefined => (record as { messageId: string } | undefined)?.messageId;
  return { store, written, write };
}
