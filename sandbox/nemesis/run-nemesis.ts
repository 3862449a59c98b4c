import { sleep } from '../../src/lib/abort.ts';
import { check, type Verdict } from './checker.ts';
import { planFaults } from './fault-plan.ts';
import type { Fault } from './fault.ts';
import { chooseFaults, killFault, shareOf } from './faults.ts';
import { createHistory, type History } from './history.ts';
import { allKinds, type FaultKind } from './kinds.ts';
import { createRandom } from './random.ts';
import type { KeptWords } from './kept-words.ts';
import { suffer, type FaultSpan } from './suffer.ts';
import { keepRunning } from './supervisor.ts';
import type { Promised } from './trial.ts';
import { createWorld, type NemesisWorld } from './world.ts';

export interface NemesisOptions {
  readonly seed: number;
  readonly people: number;
  /** How long people talk and faults come. With `kills`, as long as these take. */
  readonly durationMs: number;
  /** So many `kill -9` at random moments; other faults come meanwhile. */
  readonly kills?: number;
  /** What goes wrong (everything). */
  readonly kinds?: ReadonlySet<FaultKind>;
  /** Those of `kinds`, unless given. */
  readonly faults?: readonly Fault[];
  /** Between two acts of one person (3,000). */
  readonly meanGapMs?: number;
  /** Between two faults (1,500, or more where not all of them come). */
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
const MEAN_FAULT_GAP_MS = 1_500;
const USUAL_START_MS = 1_500;

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
    kinds: options.kinds ?? allKinds,
  });
  await using stack = world.stack;
  const { people, bot, store } = world;

  const ending = new AbortController();
  stack.defer(() => {
    ending.abort();
  });
  const running = keepRunning(bot, history, ending.signal);
  try {
    // A channel in which nobody was ever answered has no cursor: what is missed there stays missed.
    await waitUntil(() => bot.isReady, GREETING_MS, options.signal);
    await world.arrange(AbortSignal.timeout(GREETING_MS));
    for (const person of people) person.greet();
    await settle(world, [], GREETING_MS, options.signal);
    onProgress(`Everybody was greeted; now faults come (seed ${seed}).`);
    const spans = await talkAndSuffer(world, options, history);
    onProgress('The faults are over; waiting for everything to settle.');
    await settle(world, spans, options.calmMs ?? 60_000, options.signal);
    return {
      ...toVerdict(world, spans, store.keptWords()),
      seed,
      questions: people.reduce((sum, { questions }) => sum + questions.length, 0),
      kills: spans.filter(({ name }) => name === killFault.name).length,
      faults: countByName([...spans, ...world.storeLate]),
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

function toVerdict(
  { people, sightings, prompts, presence, storeLate }: NemesisWorld,
  suffered: readonly FaultSpan[],
  kept?: KeptWords,
): Verdict {
  const questions = people.flatMap((person) => person.questions);
  const spans = [...suffered, ...storeLate];
  return check({ questions, sightings, prompts, spans, presence: presence.events, kept });
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
  const { bot, discord, setModelFault, store, allowSpeech, clock } = world;
  const { kinds = allKinds, kills } = options;
  const victims = {
    ...{ bot, discord: discord.faults, setModelFault, store, allowSpeech },
    setClockAhead: clock.setAhead,
  };
  const chosen = options.faults ?? chooseFaults(kinds);
  const faults = kills === undefined ? chosen : chosen.filter((fault) => fault !== killFault);
  const meanGapMs = options.meanFaultGapMs ?? MEAN_FAULT_GAP_MS / shareOf(faults);
  const random = createRandom(options.seed).fork('faults');
  const timer = setTimeout(() => {
    if (kills === undefined) over.abort();
  }, options.durationMs);
  const suffering = suffer(planFaults({ faults, meanGapMs, random }), { victims, history }, signal);
  const killing =
    kills === undefined
      ? untilAborted(signal)
      : killAgainAndAgain(world, { ...options, kills }, history, signal);
  const killed = await killing;
  clearTimeout(timer);
  over.abort();
  const spans = [...killed, ...(await suffering)].sort((one, other) => one.from - other.from);
  await Promise.all(talks);
  return spans;
}

function untilAborted(signal: AbortSignal): Promise<readonly FaultSpan[]> {
  return new Promise((resolve) => {
    const end = (): void => {
      resolve([]);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
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
  let slowness = 1;
  while (spans.length < kills && !signal.aborted) {
    const isEarly = random.chance(0.25);
    const delayMs = random.integer(0, isEarly ? 1_500 : 3_000);
    const goneAt = history.now();
    await waitUntil(() => (isEarly ? bot.isRunning : bot.isReady), MAX_START_MS, signal);
    // On a busy machine it would else be killed before it comes to do anything, again and again.
    if (!isEarly) slowness = Math.min(5, Math.max(1, (history.now() - goneAt) / USUAL_START_MS));
    await sleep(delayMs * slowness, signal).catch(() => undefined);
    spans.push({ name: killFault.name, from: history.now(), to: history.now() });
    history.add(`fault: ${killFault.name} (${spans.length})`);
    await bot.kill();
    if (spans.length % 10 === 0) onProgress(`${spans.length} of ${kills} kills`);
  }
  return spans;
}

/** What mends itself where the bot is given time. */
const PASSING: ReadonlySet<Promised> = new Set(['lost', 'outdated', 'kept']);

/** While something still happens, a busy machine is given more time: so often that of a usual one at most. */
const MAX_PATIENCE = 5;
const UNMOVED_MS = 20_000;

/**
 * Waits until everything that was asked has its end, and the bot nothing to do; or until `timeoutMs` are over and
 * nothing moves any more.
 */
async function settle(
  world: NemesisWorld,
  spans: readonly FaultSpan[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const startedAt = performance.now();
  let stillSince = startedAt;
  let movedAt = startedAt;
  let state = '';
  const isStill = (): boolean => {
    const open = world.store.openRuns();
    const current = `${open?.length} ${world.prompts.length}`;
    if (current !== state) movedAt = performance.now();
    state = current;
    const isDone =
      open?.length === 0 && toVerdict(world, spans).violations.every(({ promise }) => !PASSING.has(promise));
    if (!isDone) stillSince = performance.now();
    return performance.now() - stillSince >= STILL_MS;
  };
  const isPatient = (): boolean => performance.now() - movedAt < UNMOVED_MS;
  await waitUntil(isStill, timeoutMs, signal);
  await waitUntil(() => isStill() || !isPatient(), (MAX_PATIENCE - 1) * timeoutMs, signal);
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
