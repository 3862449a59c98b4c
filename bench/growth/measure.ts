/**
 * One point of a curve, in this process, which has seen no other. Takes a GrowthRequest as JSON in its only argument
 * and writes a GrowthPoint as JSON to its standard output.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { fillStore } from '../bot/fill-store.ts';
import { keepNothing } from '../keep-nothing.ts';
import { openSwitchboardLine, toConversationId, type SwitchboardLine } from '../switchboard-line.ts';
import { createScriptedModel } from './scripted-model.ts';

export interface GrowthRequest {
  readonly curve: Curve;
  /** Of what the curve is about. */
  readonly size: number;
  /** For the store. */
  readonly directory: string;
}

/** `runs`: at once. `conversations`: stored. `turns`: of one conversation, asked one after the other. */
export type Curve = 'runs' | 'conversations' | 'turns';

/** Cost by what is measured, in the unit that its name says. */
export type GrowthPoint = Readonly<Record<string, number>>;

/** Of the model, in ms. */
const THINK_MS = 20;
const WARM_UP_RUNS = 300;
const FEW_RUNS = 100;
const SAMPLE_RUNS = 1_000;
const SAMPLE_AT_ONCE = 20;
/** What is left to write is written. */
const SETTLE_MS = 100;

async function measure({ curve, size, directory }: GrowthRequest): Promise<GrowthPoint> {
  const storeFile = join(directory, `${curve}-${String(size)}.db`);
  if (curve === 'conversations') {
    fillStore(storeFile, {
      conversations: size,
      turnsEach: 2,
      toConversationId: (index) => toConversationId(index + 1),
    });
  }
  const openedAt = performance.now();
  const line = await openSwitchboardLine(
    curve === 'turns'
      ? // One question after the other would mostly wait for the disk.
        { model: createScriptedModel(), storeFile, runTable: keepNothing }
      : { model: createScriptedModel(THINK_MS), storeFile },
  );
  const openMs = performance.now() - openedAt;
  try {
    switch (curve) {
      case 'runs':
        return await measureRuns(line, size);
      case 'conversations':
        return { ...(await measureConversations(line, size)), openMs };
      case 'turns':
        return await measureTurns(line, size);
    }
  } finally {
    await line.close();
  }
}

/** CPU of so many runs that begin at once, each of another person; small numbers are measured many times over. */
async function measureRuns(line: SwitchboardLine, size: number): Promise<GrowthPoint> {
  await ask(line, WARM_UP_RUNS, 0);
  const rounds = Math.max(1, Math.floor(FEW_RUNS / size));
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) await ask(line, size, 1_000 + round * size);
  await settle(line);
  return { cpuMs: cpuSince(before) / rounds };
}

/** CPU of a question in one of so many stored conversations, and what the process keeps in memory for all of them. */
async function measureConversations(line: SwitchboardLine, size: number): Promise<GrowthPoint> {
  await ask(line, WARM_UP_RUNS, size + 1);
  const liveBytes = await countLiveBytes();
  const before = process.cpuUsage();
  for (let asked = 0; asked < SAMPLE_RUNS; asked += SAMPLE_AT_ONCE) {
    await Promise.all(
      Array.from({ length: SAMPLE_AT_ONCE }, () =>
        line.ask(1 + Math.floor(Math.random() * size), () => undefined),
      ),
    );
  }
  await settle(line);
  return { cpuMsPerQuestion: cpuSince(before) / SAMPLE_RUNS, liveMb: liveBytes / 1e6 };
}

/** CPU of so many questions of one person, one after the other, in one conversation. */
async function measureTurns(line: SwitchboardLine, size: number): Promise<GrowthPoint> {
  await ask(line, WARM_UP_RUNS, 1);
  const rounds = Math.max(1, Math.floor(100 / size));
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < size; turn += 1) await line.ask(1_000 + round, () => undefined);
  }
  await settle(line);
  return { cpuMs: cpuSince(before) / rounds };
}

async function ask(line: SwitchboardLine, runs: number, firstPerson: number): Promise<void> {
  await Promise.all(
    Array.from({ length: runs }, (_, index) => line.ask(firstPerson + index, () => undefined)),
  );
}

async function settle(line: SwitchboardLine): Promise<void> {
  await line.settle();
  await delay(SETTLE_MS);
}

async function countLiveBytes(): Promise<number> {
  await globalThis.gc?.({ execution: 'async', type: 'major' });
  await globalThis.gc?.({ execution: 'async', type: 'major' });
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const point = await measure(JSON.parse(process.argv[2] ?? '{}') as GrowthRequest);
process.stdout.write(`${JSON.stringify(point)}\n`);
