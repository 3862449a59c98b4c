import type { Faults } from '../discord/types.ts';
import type { BotProcess } from './bot-process.ts';
import type { ModelFault } from './script.ts';
import type { StoreFile } from './store-file.ts';

/** What faults are done to. */
export interface Victims {
  readonly bot: BotProcess;
  readonly discord: Faults;
  readonly setModelFault: (fault: ModelFault | undefined) => void;
  readonly store: StoreFile;
}

/** One way in which something goes wrong for a while. Whatever happens, `end` is called. */
export interface Fault {
  readonly name: string;
  /** How often it comes, compared with the others. */
  readonly weight: number;
  /** Of the faults that share something, one at a time comes. */
  readonly shares?: string;
  /** How long it lasts at least and at most, ms. */
  readonly lastsMs: readonly [number, number];
  /** `times`: 1 to 4, for what is counted and not timed. */
  readonly begin: (victims: Victims, times: number) => void;
  readonly end?: (victims: Victims) => void;
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
    name: 'heartbeats unanswered',
    weight: 2,
    lastsMs: [1_000, 6_000],
    begin: ({ discord }) => {
      discord.muteHeartbeatAcks(true);
    },
    end: ({ discord }) => {
      discord.muteHeartbeatAcks(false);
    },
  },
  {
    name: 'never greeted',
    weight: 2,
    lastsMs: [500, 3_000],
    begin: ({ discord }) => {
      discord.muteHello(true);
      discord.dropSockets();
    },
    end: ({ discord }) => {
      discord.muteHello(false);
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
  toRestFault('REST silent', 2, { kind: 'hang' }),
  toRestFault('REST silent after the effect', 2, { kind: 'hang', afterEffect: true }),
];

const modelFaults: readonly Fault[] = (
  ['rate-limited', 'failing', 'stalling', 'resetting', 'silent'] as const
).map((fault) => ({
  name: `model ${fault}`,
  weight: 2,
  shares: 'model',
  lastsMs: [300, 2_500] as const,
  begin: ({ setModelFault }) => {
    setModelFault(fault);
  },
  end: ({ setModelFault }) => {
    setModelFault(undefined);
  },
}));

const lockedStore: Pick<Fault, 'shares' | 'begin' | 'end'> = {
  shares: 'disk',
  begin: ({ store }) => {
    store.lock();
  },
  end: ({ store }) => {
    store.unlock();
  },
};

const diskFaults: readonly Fault[] = [
  { name: 'disk slow', weight: 4, lastsMs: [100, 500], ...lockedStore },
  // What waits hangs until its deadline, what is tried fails.
  { name: 'disk failing', weight: 3, lastsMs: [1_500, 4_000], ...lockedStore },
];

export const allFaults: readonly [Fault, ...Fault[]] = [
  killFault,
  ...processFaults,
  ...gatewayFaults,
  ...restFaults,
  ...modelFaults,
  ...diskFaults,
];

function toRestFault(name: string, weight: number, fault: Parameters<Faults['rest']>[0]): Fault {
  return {
    name,
    weight,
    lastsMs: [0, 0],
    begin: ({ discord }, times) => {
      discord.rest({ path: MESSAGES, times, ...fault });
    },
  };
}
