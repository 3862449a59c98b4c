import { SnowflakeUtil } from 'discord.js';
import { afterEach, beforeEach, vi } from 'vitest';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import type { OutgoingBudget } from '../../../src/discord/outgoing/ports.ts';
import { createReplyFactory } from '../../../src/discord/reply/reply.ts';
import type { Controls } from '../../../src/discord/reply/reply-context.ts';
import { createLog } from '../../../src/observability/log.ts';
import type { Delivery, Reply, ReplyFactory, RunOutcome } from '../../../src/runs/ports.ts';
import type { Run } from '../../../src/runs/run.ts';
import { FakeDiscord } from '../outgoing/fake-discord.ts';
import { replySurroundings } from './reply-surroundings.ts';

export const channelId = '200000000000000001';
const startsAt = 1_800_000_000_000;

export const privately = {
  kind: 'interaction',
  interactionId: String(SnowflakeUtil.generate({ timestamp: startsAt })),
  token: 'tok',
  isPrivate: true,
} as const satisfies Run['origin'];
export const publicly: Run['origin'] = { ...privately, isPrivate: false };

export const sentence = 'This is a sentence of an answer that goes on. ';

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

/** What a request showed, as Discord got it. */
interface ShownMessage {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly json: Json;
  readonly at: number;
}

/** Replies on a Discord that answers on the fake clock; each test has its own. */
export interface ReplyScene {
  readonly discord: FakeDiscord;
  readonly replies: ReplyFactory;
  /** Begins anew. */
  start(options?: { requestsPerSecond?: number; controls?: Controls; loopDelayMs?: () => number }): void;
  createRun(origin?: Run['origin'], place?: Partial<Pick<Run, 'channelId' | 'replaces'>>): Run;
  messages(): ShownMessage[];
  /** When typing was shown, epoch ms. */
  typings(): number[];
  /** How much of what may be sent is left over, from 0 to 1. */
  spareShare(): number;
}

const log = createLog({ level: 'silent', secrets: [] });

export function createReplyScene(): ReplyScene {
  let world = startWorld({});
  let lastRun = 0;

  beforeEach(() => {
    vi.useFakeTimers({ now: startsAt });
    world = startWorld({});
  });
  afterEach(() => {
    world.budget.close();
    vi.useRealTimers();
  });

  return {
    get discord() {
      return world.discord;
    },
    get replies() {
      return world.replies;
    },
    start(options = {}) {
      world.budget.close();
      world = startWorld(options);
    },
    createRun(origin, place = {}) {
      lastRun += 1;
      const id = `10000000000000${String(lastRun).padStart(4, '0')}`;
      return { ...toRun(id), ...(origin && { origin }), ...place };
    },
    messages: () =>
      world.discord.arrivals
        .filter(({ path, json }) => !path.endsWith('/typing') && json !== undefined)
        .map((arrival) => ({ ...arrival, json: arrival.json as Json })),
    typings: () => world.discord.arrivals.filter(({ path }) => path.endsWith('/typing')).map(({ at }) => at),
    spareShare: () => world.budget.spareShare(),
  };
}

interface World {
  readonly discord: FakeDiscord;
  readonly budget: OutgoingBudget;
  readonly replies: ReplyFactory;
}

function startWorld({
  requestsPerSecond = 50,
  controls,
  loopDelayMs = () => 0,
}: Parameters<ReplyScene['start']>[0] & object): World {
  const discord = new FakeDiscord();
  const budget = createOutgoingBudget({
    sender: discord,
    requestsPerSecond,
    now: () => Date.now(),
    random: () => 0.5,
  });
  const replies = createReplyFactory({
    ...replySurroundings(),
    ...{ budget, applicationId: () => '5', botUserId: () => '5', log, loopDelayMs },
    ...(controls && { controls }),
  });
  return { discord, budget, replies };
}

function toRun(id: string): Run {
  return {
    version: 1,
    id,
    createdAt: Date.now(),
    conversationId: 'c',
    audience: { kind: 'private', userId: '1' },
    guildId: '2',
    channelId,
    requester: { id: '1', name: 'Ann' },
    origin: { kind: 'message', messageId: id },
    prompt: { text: 'question', quotes: [], attachments: [] },
    model: null,
    replaces: null,
  };
}

export async function streamText(reply: Reply, text: string, chunk = 20, everyMs = 100): Promise<void> {
  for (let at = 0; at < text.length; at += chunk) {
    reply.onEvent({ type: 'text-delta', text: text.slice(at, at + chunk) });
    await vi.advanceTimersByTimeAsync(everyMs);
  }
}

/** Ends the reply and advances the clock until it was delivered or given up. */
export async function finish(reply: Reply, outcome: RunOutcome, limitMs = 60_000): Promise<Delivery> {
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

export function answered(text: string): RunOutcome {
  return { kind: 'answered', text };
}
