import { ofKind, type Fault } from './fault.ts';
import { gatewayFaults } from './gateway-faults.ts';
import type { FaultKind } from './kinds.ts';
import { htmlFaults, restFaults } from './rest-faults.ts';

export const killFault: Fault = {
  name: 'kill -9',
  kind: 'process',
  weight: 10,
  lastsMs: [0, 0],
  begin: ({ bot }) => {
    bot.signal('SIGKILL');
  },
};

const processFaults = ofKind('process', [
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
]);

const permissionFaults = ofKind('permissions', [
  {
    name: 'permission taken',
    weight: 2,
    lastsMs: [300, 2_000],
    begin: ({ allowSpeech }) => {
      allowSpeech(false);
    },
    end: ({ allowSpeech }) => {
      allowSpeech(true);
    },
  },
]);

/** Seconds: as far as a host that nobody sets right may be off, or one whose time zone somebody mistook. */
const CLOCKS_S = [3, -3, 12, -12, 1_200, -1_200, 3_600, -3_600];

const clockFaults = ofKind(
  'clock',
  CLOCKS_S.map((seconds) => ({
    name: `clock ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`,
    weight: 1,
    shares: 'clock',
    lastsMs: [1_000, 12_000] as const,
    begin: ({ setClockAhead }) => {
      setClockAhead(seconds * 1_000);
    },
    end: ({ setClockAhead }) => {
      setClockAhead(0);
    },
  })),
);

const modelFaults = ofKind(
  'model',
  (['rate-limited', 'failing', 'stalling', 'resetting', 'silent'] as const).map((fault) => ({
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
  })),
);

const lockedStore: Pick<Fault, 'shares' | 'begin' | 'end'> = {
  shares: 'disk',
  begin: ({ store }) => {
    store.lock();
  },
  end: ({ store }) => {
    store.unlock();
  },
};

const diskFaults = ofKind('disk', [
  { name: 'disk slow', weight: 4, lastsMs: [100, 500], ...lockedStore },
  // What waits hangs until its deadline, what is tried fails.
  { name: 'disk failing', weight: 3, lastsMs: [1_500, 4_000], ...lockedStore },
]);

export const allFaults: readonly Fault[] = [
  killFault,
  ...processFaults,
  ...gatewayFaults,
  ...restFaults,
  ...htmlFaults,
  ...permissionFaults,
  ...clockFaults,
  ...modelFaults,
  ...diskFaults,
];

/** How often the chosen faults come beside all of them, from 0 to 1: a few alone come more often than among all. */
export function shareOf(faults: readonly Fault[]): number {
  const total = (some: readonly Fault[]): number => some.reduce((sum, { weight }) => sum + weight, 0);
  return Math.sqrt(total(faults) / total(allFaults));
}

/** Those of the given kinds. */
export function chooseFaults(kinds: ReadonlySet<FaultKind>): readonly Fault[] {
  return allFaults.filter(({ kind }) => kinds.has(kind));
}
