import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { SimulatedDiscord } from '../discord/types.ts';
import { Ledger } from './ledger.ts';
import type { LedgerCounts, QuestionRecord } from './ledger.ts';
import { toAnswer, toTag } from './question.ts';

/** So many questions are put in one turn of the event loop, as a burst on one socket would bring them. */
const QUESTIONS_PER_TURN = 50;

export interface AskCrowdOptions {
  readonly discord: SimulatedDiscord;
  /** Ids of the people who ask; each is a member of the guild of the channels. */
  readonly userIds: readonly string[];
  /** People are dealt out over these channels in turn. */
  readonly channelIds: readonly string[];
  readonly questionsPerPerson: number;
  /** Of each answer; undefined where the model is not the scripted one, and any text counts as the answer. */
  readonly tokens: number | undefined;
  /** What is still missing then is lost. */
  readonly timeoutMs: number;
  /** How long to watch on after the last answer, for one too many. */
  readonly settleMs: number;
  readonly onProgress?: (counts: LedgerCounts) => void;
  readonly signal?: AbortSignal;
}

/**
 * Everybody asks at once; resolves when everything is answered or the time is over. An abort ends the waiting, and
 * what is missing then counts as lost.
 */
export async function askCrowd(options: AskCrowdOptions): Promise<readonly QuestionRecord[]> {
  const { discord, onProgress } = options;
  const ledger = new Ledger(discord.botUserId);
  const all = options.userIds.length * options.questionsPerPerson;
  const done = Promise.withResolvers<undefined>();
  const stopObserving = discord.observe((event) => {
    const before = ledger.counts;
    ledger.observe(event);
    const { counts } = ledger;
    if (counts.begun !== before.begun || counts.completed !== before.completed) onProgress?.(counts);
    if (counts.completed === all) done.resolve(undefined);
  });
  try {
    await putQuestions(options, ledger);
    await waitUntil(done.promise, options.timeoutMs, options.signal);
    await waitUntil(undefined, options.settleMs, options.signal);
    return ledger.records();
  } finally {
    stopObserving();
  }
}

async function putQuestions(options: AskCrowdOptions, ledger: Ledger): Promise<void> {
  const { discord, userIds, channelIds, questionsPerPerson, tokens } = options;
  let put = 0;
  for (let question = 1; question <= questionsPerPerson; question += 1) {
    for (const [index, userId] of userIds.entries()) {
      if (options.signal?.aborted === true) return;
      const channelId = channelIds[index % channelIds.length] ?? '';
      const id = { person: index + 1, question };
      const tag = toTag(id);
      const askedAt = performance.now();
      const message = discord.people.say(userId, channelId, `<@${discord.botUserId}> please answer ${tag}`);
      const expected = tokens === undefined ? '' : toAnswer(tag, tokens);
      ledger.ask({ ...id, channelId, messageId: message.id, askedAt, expected });
      put += 1;
      if (put % QUESTIONS_PER_TURN === 0) {
        options.onProgress?.(ledger.counts);
        await nextTurn();
      }
    }
  }
  options.onProgress?.(ledger.counts);
}

/** Waits for `end`, the time or the abort, whichever is first; none of them is a failure. */
async function waitUntil(
  end: Promise<undefined> | undefined,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ended = new AbortController();
  const either = signal === undefined ? ended.signal : AbortSignal.any([ended.signal, signal]);
  const time = delay(ms, undefined, { signal: either }).catch((error: unknown) => {
    if (!either.aborted) throw error;
  });
  try {
    await (end === undefined ? time : Promise.race([end, time]));
  } finally {
    ended.abort();
  }
}
