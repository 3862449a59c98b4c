import { sleep } from '../../src/lib/abort.ts';
import type { Faults } from '../discord/types.ts';
import type { BotProcess } from './bot-process.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { ModelFault } from './script.ts';
import type { StoreFile } from './store-file.ts';

/** What faults are done to. */
export interface Victims {
  readonly bot: BotProcess;
  readonly discord: Faults;
  readonly setModelFault: (fault: ModelFault | undefined) => void;
  readonly store: StoreFile;
  readonly random: Random;
}

/** One way in which something goes wrong for a while. Whatever happens, `end` is called. */
export interface Fault {
  readonly name: string;
  readonly weight: number;
  /** How long it lasts at least and at most, ms. */
  readonly lastsMs: readonly [number, number];
  readonly begin: (victims: Victims) => void;
  readonly end?: (victims: Victims) => void;
}

/** A stretch of time, ms as the history counts. */
export interface FaultSpan {
  readonly name: string;
  readonly from: number;
  to: number;
}

const MESSAGES = /\/messages/;

export const killFault: Fault = {
  name: 'kill -9',
  weight: 10,
  lastsMs: [0, 0],
  begin: ({ bot }) => {
    bot.signal('SIGKILL');
  },
};

const processFaults: readonly Fault[] = [
  killFault,
  {
    name: 'SIGTERM',
    weight: 5,
    lastsMs: [0, 0],
    begin: ({ bot }) => {
      bot.signal('SIGTERM');
    },
  },
  {
    name: 'SIGSTOP',
    weight: 4,
    lastsMs: [300, 3_000],
    begin: ({ bot }) => {
      bot.signal('SIGSTOP');
    },
    end: ({ bot }) => {
      bot.signal('SIGCONT');
    },
  },
];

const gatewayFaults: readonly Fault[] = [
  {
    name: 'sockets dropped',
    weight: 5,
    lastsMs: [0, 0],
    begin: ({ discord }) => {
      discord.dropSockets();
    },
  },
  {
    name: 'sockets half-open',
    weight: 4,
    lastsMs: [500, 4_000],
    begin: ({ discord }) => {
      discord.freezeSockets(true);
    },
    end: ({ discord }) => {
      // They do not come to life again.
      discord.dropSockets();
      discord.freezeSockets(false);
    },
  },
  {
    name: 'resumes refused',
    weight: 5,
    lastsMs: [500, 2_000],
    begin: ({ discord }) => {
      discord.refuseResumes(true);
      discord.dropSockets();
    },
    end: ({ discord }) => {
      discord.refuseResumes(false);
    },
  },
  {
    name: 'gateway away',
    weight: 3,
    lastsMs: [300, 2_500],
    begin: ({ discord }) => {
      discord.refuseConnections(true);
      discord.dropSockets();
    },
    end: ({ discord }) => {
      discord.refuseConnections(false);
    },
  },
  {
    name: 'asked to reconnect',
    weight: 2,
    lastsMs: [0, 0],
    begin: ({ discord }) => {
      discord.askToReconnect();
    },
  },
  {
    name: 'dispatches three times',
    weight: 4,
    lastsMs: [500, 4_000],
    begin: ({ discord }) => {
      discord.duplicateDispatches(3);
    },
    end: ({ discord }) => {
      discord.duplicateDispatches(1);
    },
  },
  {
    name: 'dispatches reordered',
    weight: 3,
    lastsMs: [500, 3_000],
    begin: ({ discord }) => {
      discord.reorderDispatches(true);
    },
    end: ({ discord }) => {
      discord.reorderDispatches(false);
    },
  },
];

/** Each for a few requests, soon used up. */
const restFaults: readonly Fault[] = [
  toRestFault('REST 429', 4, {
    status: 429,
    body: { message: 'You are being rate limited.', retry_after: 0.3, global: false },
    headers: { 'retry-after': '1', 'x-ratelimit-scope': 'shared' },
  }),
  toRestFault('REST 500', 4, { status: 500 }),
  toRestFault('REST slow', 3, { delayMs: 1_500 }),
  toRestFault('REST reset', 3, { kind: 'reset' }),
  toRestFault('REST 500 after the effect', 5, { status: 500, afterEffect: true }),
  toRestFault('REST reset after the effect', 5, { kind: 'reset', afterEffect: true }),
];

/** A request that is never answered is given up after a quarter of a minute: too long for a short test. */
export const hangingFaults: readonly Fault[] = [
  toRestFault('REST silent', 2, { kind: 'hang' }),
  toRestFault('REST silent after the effect', 2, { kind: 'hang', afterEffect: true }),
];

const modelFaults: readonly Fault[] = (
  ['rate-limited', 'failing', 'stalling', 'resetting', 'silent'] as const
).map((fault) => ({
  name: `model ${fault}`,
  weight: 2,
  lastsMs: [300, 2_500] as const,
  begin: ({ setModelFault }) => {
    setModelFault(fault);
  },
  end: ({ setModelFault }) => {
    setModelFault(undefined);
  },
}));

const diskFaults: readonly Fault[] = [
  { name: 'disk slow', weight: 4, lastsMs: [100, 500], ...lockedStore() },
  { name: 'disk failing', weight: 3, lastsMs: [1_500, 4_000], ...lockedStore() },
];

export const allFaults: readonly Fault[] = [
  ...processFaults,
  ...gatewayFaults,
  ...restFaults,
  ...modelFaults,
  ...diskFaults,
];

export interface FaultRunOptions {
  readonly victims: Victims;
  readonly faults: readonly Fault[];
  readonly meanGapMs: number;
  readonly history: History;
  readonly random: Random;
}

/** Lets faults come until the signal aborts, several at a time; resolves with when each was, once all have ended. */
export async function runFaults(
  options: FaultRunOptions,
  signal: AbortSignal,
): Promise<readonly FaultSpan[]> {
  const { victims, faults, meanGapMs, history, random } = options;
  const spans: FaultSpan[] = [];
  const underWay = new Map<string, Promise<void>>();

  const suffer = async (fault: Fault): Promise<void> => {
    const span = { name: fault.name, from: history.now(), to: Infinity };
    spans.push(span);
    history.add(`fault: ${fault.name}`);
    fault.begin(victims);
    await sleep(random.integer(...fault.lastsMs), signal).catch(() => undefined);
    fault.end?.(victims);
    span.to = history.now();
    if (fault.end) history.add(`over: ${fault.name}`);
  };

  while (!signal.aborted) {
    await sleep(random.gapMs(meanGapMs), signal).catch(() => undefined);
    const fault = pickFault(faults, random);
    if (signal.aborted || underWay.has(fault.name)) continue;
    underWay.set(
      fault.name,
      suffer(fault).finally(() => underWay.delete(fault.name)),
    );
  }
  await Promise.all(underWay.values());
  victims.discord.clear();
  return spans;
}

function pickFault(faults: readonly Fault[], random: Random): Fault {
  let left = random.next() * faults.reduce((sum, { weight }) => sum + weight, 0);
  return faults.find(({ weight }) => (left -= weight) < 0) ?? killFault;
}

function toRestFault(name: string, weight: number, fault: Parameters<Faults['rest']>[0]): Fault {
  return {
    name,
    weight,
    lastsMs: [0, 0],
    begin: ({ discord, random }) => {
      discord.rest({ path: MESSAGES, times: random.integer(1, 4), ...fault });
    },
  };
}

function lockedStore(): Pick<Fault, 'begin' | 'end'> {
  return {
    begin: ({ store }) => {
      store.lock();
    },
    end: ({ store }) => {
      store.unlock();
    },
  };
}
