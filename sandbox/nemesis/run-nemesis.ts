import { sleep } from '../../src/lib/abort.ts';
import { check, type Verdict } from './checker.ts';
import { planFaults, type FaultPlanOptions } from './fault-plan.ts';
import { allFaults, killFault } from './faults.ts';
import { createHistory, type History } from './history.ts';
import { createRandom } from './random.ts';
import { watchBot } from './sightings.ts';
import { suffer, type FaultSpan } from './suffer.ts';
import { keepRunning } from './supervisor.ts';
import { createWorld, type NemesisWorld } from './world.ts';

export interface NemesisOptions {
  readonly seed: number;
  readonly people: number;
  /** How long people talk and faults come. With `kills`, as long as these take. */
  readonly durationMs: number;
  /** So many `kill -9` at random moments, and no other fault. */
  readonly kills?: number;
  readonly faults?: FaultPlanOptions['faults'];
  /** Between two acts of one person (3,000). */
  readonly meanGapMs?: number;
  /** Between two faults (1,500). */
  readonly meanFaultGapMs?: number;
  /** How long everything may take to end once the faults are over (60,000). */
  readonly calmMs?: number;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface NemesisReport extends Verdict {
  readonly seed: number;
  readonly questions: number;
  readonly kills: number;
  /** By name. */
  readonly faults: Readonly<Record<string, number>>;
  /** Runs that the bot has not done with after the calm. */
  readonly openRuns: readonly string[];
  /** What the bot itself says went wrong in it: errors that nobody caught. */
  readonly crashes: readonly string[];
  readonly history: History;
  readonly log: readonly string[];
}

/** How long nothing may change before everything counts as settled. */
const STILL_MS = 1_000;
const GREETING_MS = 20_000;
/** A process that takes longer is killed as it starts. */
const MAX_START_MS = 30_000;

/** Lets people talk with a bot that suffers, lets it come to rest, and compares what was promised with what was seen. */
export async function runNemesis(options: NemesisOptions): Promise<NemesisReport> {
  const { seed, onProgress = () => undefined } = options;
  const history = createHistory();
  const random = createRandom(seed);
  const world = await createWorld({
    people: options.people,
    random,
    history,
    meanGapMs: options.meanGapMs ?? 3_000,
  });
  await using stack = world.stack;
  const { people, bot, discord, prompts, store } = world;
  const sightings = watchBot(discord, history);
  stack.defer(() => {
    sightings.stop();
  });
  const verdict = (spans: readonly FaultSpan[]): Verdict =>
    check({ questions: people.flatMap(({ questions }) => questions), sightings, prompts, spans });

  const ending = new AbortController();
  const running = keepRunning(bot, history, ending.signal);
  try {
    // A channel in which nobody was ever answered has no cursor: what is missed there stays missed.
    await waitUntil(() => bot.isReady, GREETING_MS, options.signal);
    for (const person of people) person.greet();
    await settle(world, () => verdict([]), GREETING_MS, options.signal);
    onProgress(`Everybody was greeted; now faults come (seed ${seed}).`);
    const spans = await talkAndSuffer(world, options, history);
    onProgress('The faults are over; waiting for everything to settle.');
    await settle(world, () => verdict(spans), options.calmMs ?? 60_000, options.signal);
    return {
      ...verdict(spans),
      seed,
      questions: people.reduce((sum, { questions }) => sum + questions.length, 0),
      kills: spans.filter(({ name }) => name === killFault.name).length,
      faults: countByName(spans),
      openRuns: store.openRuns() ?? [],
      crashes: bot.log.filter((line) => /that nobody (caught|handled)/.test(line)),
      history,
      log: bot.log,
    };
  } finally {
    ending.abort();
    await running;
  }
}

/** People talk while faults come. Resolves with when these were. */
async function talkAndSuffer(
  world: NemesisWorld,
  options: NemesisOptions,
  history: History,
): Promise<readonly FaultSpan[]> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, ...(options.signal ? [options.signal] : [])]);
  const talks = world.people.map((person) => person.talk(signal).catch(() => undefined));
  const { bot, discord, setModelFault, store } = world;
  const { faults = allFaults, meanFaultGapMs: meanGapMs = 1_500 } = options;
  const random = createRandom(options.seed).fork('faults');
  const timer = setTimeout(() => {
    if (options.kills === undefined) over.abort();
  }, options.durationMs);
  const spans =
    options.kills === undefined
      ? await suffer(
          planFaults({ faults, meanGapMs, random }),
          { victims: { bot, discord: discord.faults, setModelFault, store }, history },
          signal,
        )
      : await killAgainAndAgain(world, { ...options, kills: options.kills }, history, signal);
  clearTimeout(timer);
  over.abort();
  await Promise.all(talks);
  return spans;
}

/** Each process is killed a while after it is ready for questions, one in four as it starts. */
async function killAgainAndAgain(
  { bot }: NemesisWorld,
  { seed, kills, onProgress = () => undefined }: NemesisOptions & { readonly kills: number },
  history: History,
  signal: AbortSignal,
): Promise<readonly FaultSpan[]> {
  const random = createRandom(seed).fork('kills');
  const spans: FaultSpan[] = [];
  while (spans.length < kills && !signal.aborted) {
    const isEarly = random.chance(0.25);
    const delayMs = random.integer(0, isEarly ? 1_500 : 3_000);
    await waitUntil(() => (isEarly ? bot.isRunning : bot.isReady), MAX_START_MS, signal);
    await sleep(delayMs, signal).catch(() => undefined);
    spans.push({ name: killFault.name, from: history.now(), to: history.now() });
    history.add(`fault: ${killFault.name} (${spans.length})`);
    await bot.kill();
    if (spans.length % 10 === 0) onProgress(`${spans.length} of ${kills} kills`);
  }
  return spans;
}

/** Waits until everything that was asked has an end, and the bot nothing to do; or until `timeoutMs` are over. */
async function settle(
  { store }: NemesisWorld,
  verdict: () => Verdict,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let stillSince = performance.now();
  const isStill = (): boolean => {
    const isDone =
      store.openRuns()?.length === 0 && verdict().violations.every(({ promise }) => promise !== 'lost');
    if (!isDone) stillSince = performance.now();
    return performance.now() - stillSince >= STILL_MS;
  };
  await waitUntil(isStill, timeoutMs, signal);
}

async function waitUntil(
  isSo: () => boolean,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isSo() && performance.now() < deadline && signal?.aborted !== true) {
    await sleep(200, signal).catch(() => undefined);
  }
}

function countByName(spans: readonly FaultSpan[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of spans) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
