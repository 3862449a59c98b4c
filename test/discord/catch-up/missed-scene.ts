import { createCatchUp, type CatchUpOptions } from '../../../src/discord/catch-up/catch-up.ts';
import type { GatewayHandlers } from '../../../src/discord/gateway/dispatches.ts';
import type { IncomingMessage } from '../../../src/intake/incoming.ts';
import { createGaps } from '../../../src/runs/gaps.ts';
import { createLiveScene, endScene, type LiveOptions } from '../gateway/live-scene.ts';

export interface MissedOptions extends LiveOptions {
  readonly catchUp?: Partial<CatchUpOptions>;
}

/** The real gateway and catch-up before a door that only notes what comes, with cursors that the test sets. */
export async function createMissedScene({ catchUp: given, ...live }: MissedOptions = {}) {
  const cursors = new Map<string, string>();
  const gaps = createGaps();
  const heard: IncomingMessage[] = [];
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
  const catchUp = createCatchUp({
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
