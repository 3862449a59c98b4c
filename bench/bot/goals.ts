import type { AnsweredCrowd, BusyMeasurement, WaitingMeasurement } from './measure-bot.ts';

export interface BotFigures {
  readonly people: number;
  readonly waiting: number;
  readonly conversations: number;
  readonly startMs: number;
  readonly busy: BusyMeasurement;
  readonly idle: WaitingMeasurement;
}

interface Goal {
  readonly what: string;
  readonly measured: number;
  readonly most: number;
  readonly unit: string;
  readonly digits: number;
}

const KB = 1_024;
const MB = 1e6;

/** Rows: what, goal, measured, verdict. */
export function toGoals(figures: BotFigures): string[][] {
  const { people, waiting, conversations, startMs, busy, idle } = figures;
  const goals: Goal[] = [
    {
      what: 'CPU per answer, one model call',
      measured: busy.plain.cpuMsPerAnswer,
      most: 3,
      unit: 'ms',
      digits: 2,
    },
    {
      what: `Event-loop delay p99, ${count(people)} runs at work`,
      measured: busy.steady.loopDelayP99Ms,
      most: 20,
      unit: 'ms',
      digits: 1,
    },
    {
      what: 'Resident memory, idle after the start',
      measured: busy.idleRssBytes / MB,
      most: 120,
      unit: 'MB',
      digits: 0,
    },
    { what: 'Memory per active run', measured: busy.activeBytesPerRun / KB, most: 60, unit: 'KB', digits: 1 },
    {
      what: `Memory per waiting run, of ${count(waiting)}`,
      measured: idle.bytesPerRun / KB,
      most: 2,
      unit: 'KB',
      digits: 2,
    },
    {
      what: `CPU while ${count(waiting)} wait, beyond that of an idle bot`,
      measured: Math.max(0, idle.waitingCpuShare - idle.idleCpuShare) * 100,
      most: 1,
      unit: '% of a core',
      digits: 1,
    },
    {
      what: `Start to ready, ${count(conversations)} conversations stored`,
      measured: startMs / 1_000,
      most: 1.5,
      unit: 's',
      digits: 2,
    },
  ];
  return goals.map(({ what, measured, most, unit, digits }) => [
    what,
    `≤ ${String(most)} ${unit}`,
    `${measured.toFixed(digits)} ${unit}`,
    measured <= most ? 'met' : '**missed**',
  ]);
}

/** Rows: what, measured. */
export function toMeasures({ people, busy }: BotFigures): string[][] {
  const { plain, tools, steady } = busy;
  return [
    ['CPU per answer, three tools and two model calls', ms(tools.cpuMsPerAnswer, 2)],
    ...toCrowdRows('one model call', plain),
    ...toCrowdRows('three tools, two model calls', tools),
    [
      `CPU while ${count(people)} runs are at work`,
      `${((steady.cpuMs / steady.wallMs) * 100).toFixed(0)} % of a core`,
    ],
    [`Resident memory with ${count(people)} runs at work`, `${(busy.activeRssBytes / MB).toFixed(0)} MB`],
  ];
}

function toCrowdRows(what: string, crowd: AnsweredCrowd): string[][] {
  const { answered, lost, duplicated, firstText, loopDelayP99Ms, requestsPerAnswer } = crowd;
  return [
    [`Answers, ${what}`, `${count(answered)}, ${String(lost)} lost, ${String(duplicated)} twice`],
    [
      `First text beyond the model's time, ${what}`,
      `p50 ${ms(firstText.p50, 0)}, p99 ${ms(firstText.p99, 0)}`,
    ],
    [`Event-loop delay p99 in the burst, ${what}`, ms(loopDelayP99Ms, 0)],
    [`Requests per answer, ${what}`, requestsPerAnswer.toFixed(2)],
  ];
}

function ms(value: number, digits: number): string {
  return `${value.toFixed(digits)} ms`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
