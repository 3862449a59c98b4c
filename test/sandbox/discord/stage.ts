import { setTimeout as sleep } from 'node:timers/promises';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import type { SimulatedDiscord, SimulatorEvent, SimulatorOptions } from '../../../sandbox/discord/types.ts';

export interface Stage {
  readonly discord: SimulatedDiscord;
  readonly annId: string;
  readonly bobId: string;
  readonly guildId: string;
  readonly channelId: string;
  /** A raw request of the bot. */
  rest(method: string, path: string, body?: unknown): Promise<RestResult>;
  say(content: string): string;
}

export interface RestResult {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly [key: string]: unknown; readonly id: string; readonly code?: number };
}

/** A server with Ann, Bob and the bot in one channel. */
export async function createStage(options: SimulatorOptions = {}): Promise<Stage> {
  const discord = await startDiscord({ rateLimits: 'off', ...options });
  const { people } = discord;
  const annId = people.addUser({ name: 'Ann' }).id;
  const bobId = people.addUser({ name: 'Bob' }).id;
  const guildId = people.addGuild({ name: 'Lab', memberIds: [annId, bobId] }).id;
  const channelId = people.addChannel(guildId, { name: 'general' }).id;
  return {
    discord,
    annId,
    bobId,
    guildId,
    channelId,
    rest: (method, path, body) => requestAsBot(discord, method, path, body),
    say: (content) => people.say(annId, channelId, content).id,
  };
}

export async function requestAsBot(
  discord: SimulatedDiscord,
  method: string,
  path: string,
  body?: unknown,
): Promise<RestResult> {
  const isForm = body instanceof FormData;
  const response = await fetch(`${discord.apiUrl}/v10${path}`, {
    method,
    headers: {
      authorization: `Bot ${discord.token}`,
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = (text === '' ? {} : JSON.parse(text)) as RestResult['body'];
  return { status: response.status, headers: response.headers, body: parsed };
}

/** The first event of that type, from now on. */
export function nextEvent<Type extends SimulatorEvent['type']>(
  discord: SimulatedDiscord,
  type: Type,
  matches: (event: Extract<SimulatorEvent, { type: Type }>) => boolean = () => true,
): Promise<Extract<SimulatorEvent, { type: Type }>> {
  return discord.waitFor(
    (event): event is Extract<SimulatorEvent, { type: Type }> =>
      event.type === type && matches(event as Extract<SimulatorEvent, { type: Type }>),
  );
}

export async function until(isTrue: () => boolean, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error('This did not come true in time');
    await sleep(5);
  }
}
