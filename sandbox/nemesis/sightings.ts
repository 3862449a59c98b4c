import type { SimulatedDiscord, SimulatorEvent } from '../discord/types.ts';
import { findLines, findTags, nameOfTag, toName, toTag, withoutLines } from './answer.ts';
import type { History } from './history.ts';
import type { Question } from './question.ts';

/** A message of the bot that can be read. */
export interface Seen {
  readonly messageId: string;
  readonly channelId: string;
  readonly content: string;
  /** The message that it replies to. */
  readonly replyTo: string | undefined;
  /** Tags of the answers in it. */
  readonly tags: readonly string[];
}

/** What can be read of the bot. */
export interface Sightings {
  /** Oldest first. */
  of(question: Question): readonly Seen[];
  /** It was refused by a mark alone, as what follows a refusal in words is. */
  isMarkedAsRefused(question: Question): boolean;
  /** When something of an answer to it could first be read, ms as the history counts. */
  beganAt(question: Question): number | undefined;
  /** When the whole answer to that version could first be read, ms as the history counts. */
  wholeAt(tag: string): number | undefined;
  /** Messages to which those replied that ever showed something of that answer. */
  carriersOf(question: Question): ReadonlySet<string>;
  stop(): void;
}

/** Messages that somebody wrote: Discord makes others, as the first one of a thread. */
const SPOKEN: ReadonlySet<number> = new Set([0, 19, 20, 23]);

export function watchBot(discord: SimulatedDiscord, history: History): Sightings {
  const book = createSightings((messageId) =>
    discord.reactions(messageId).some(({ emoji }) => emoji === '🚫'),
  );

  const observe = (event: SimulatorEvent): void => {
    if (event.type === 'message-delete') {
      const gone = book.remove(event.messageId);
      if (gone) history.add(`gone: ${event.messageId}, ${toSummary(gone)}`);
      return;
    }
    if (event.type !== 'message-create' && event.type !== 'message-update') return;
    const { message } = event;
    if (message.author.id !== discord.botUserId || !SPOKEN.has(message.type)) return;
    const one = {
      messageId: message.id,
      channelId: message.channel_id,
      content: message.content,
      replyTo: message.message_reference?.message_id,
      tags: findTags(message.content),
    };
    history.add(
      `bot ${event.type === 'message-create' ? 'posts' : 'edits'} ${message.id}, ${toSummary(one)}`,
    );
    book.add(one, history.now());
  };

  return { ...book, stop: discord.observe(observe) };
}

export interface SightingsBook extends Omit<Sightings, 'stop'> {
  /** It is there, or reads so from now on. */
  add(one: Seen, at: number): void;
  /** Undefined: it was not there. */
  remove(messageId: string): Seen | undefined;
}

/** `isRefused`: whether a message bears the mark of a refusal. */
export function createSightings(isRefused: (messageId: string) => boolean): SightingsBook {
  const seen = new Map<string, Seen>();
  /** Ids of what was ever seen, by names of questions, by what it replied to, and by the thread that it stood in. */
  const index = new Map<string, Set<string>>();
  const wholeAt = new Map<string, number>();
  const beganAt = new Map<string, number>();
  const shown = new Map<string, Set<number>>();
  const carriers = new Map<string, Set<string>>();

  const noteLines = ({ content, replyTo, channelId }: Seen, at: number): void => {
    for (const line of findLines(content)) {
      const tag = toTag(line);
      const name = toName(line);
      if (!beganAt.has(name)) beganAt.set(name, at);
      const lines = addTo(shown, tag, line.line);
      // A thread has the id of the question under which it hangs.
      addTo(carriers, name, replyTo ?? channelId);
      if (lines.size === line.of && !wholeAt.has(tag)) wholeAt.set(tag, at);
    }
  };

  return {
    add(one, at) {
      seen.set(one.messageId, one);
      const names = one.tags.map(nameOfTag);
      for (const key of [...names, one.replyTo ?? one.channelId]) addTo(index, key, one.messageId);
      noteLines(one, at);
    },
    remove(messageId) {
      const gone = seen.get(messageId);
      seen.delete(messageId);
      return gone;
    },
    of(question) {
      const name = toName(question);
      const ids = new Set([...(index.get(name) ?? []), ...(index.get(question.messageId) ?? [])]);
      return [...ids].sort().flatMap((id) => {
        const one = seen.get(id);
        return one && isOf(question, name, one) ? [one] : [];
      });
    },
    isMarkedAsRefused: ({ messageId }) => isRefused(messageId),
    beganAt: (question) => beganAt.get(toName(question)),
    wholeAt: (tag) => wholeAt.get(tag),
    carriersOf: (question) => carriers.get(toName(question)) ?? new Set(),
  };
}

/** Its lines are in it, it replies to it, or it stands in its thread and belongs to nothing else. */
function isOf(question: Question, name: string, { tags, replyTo, channelId }: Seen): boolean {
  if (replyTo === question.messageId || tags.some((tag) => nameOfTag(tag) === name)) return true;
  return replyTo === undefined && tags.length === 0 && channelId === question.messageId;
}

function addTo<T>(sets: Map<string, Set<T>>, key: string, value: T): Set<T> {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
  return set;
}

function toSummary({ replyTo, content }: Seen): string {
  const parts = [...Map.groupBy(findLines(content), toTag)].map(
    ([tag, lines]) => `${tag} lines ${lines[0]?.line} to ${lines.at(-1)?.line} of ${lines[0]?.of}`,
  );
  const beside = withoutLines(content);
  if (beside !== '') parts.push(JSON.stringify(beside.slice(0, 120)));
  const text = parts.join(', ');
  return `${replyTo === undefined ? '' : `to ${replyTo}: `}${text}`;
}
