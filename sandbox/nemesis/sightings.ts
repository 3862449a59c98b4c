import type { SimulatedDiscord, SimulatorEvent } from '../discord/types.ts';
import { findLines, findTags, toName, toTag, withoutLines } from './answer.ts';
import type { History } from './history.ts';
import type { Question } from './talk.ts';

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
  all(): readonly Seen[];
  of(question: Question): readonly Seen[];
  /** It was refused by a mark alone, as what follows a refusal in words is. */
  isMarkedAsRefused(question: Question): boolean;
  /** When something of an answer to it could first be read, ms as the history counts. */
  beganAt(question: Question): number | undefined;
  /** When the whole answer to that version could first be read, ms as the history counts. */
  wholeAt(tag: string): number | undefined;
  stop(): void;
}

export function watchBot(discord: SimulatedDiscord, history: History): Sightings {
  const seen = new Map<string, Seen>();
  const wholeAt = new Map<string, number>();
  const beganAt = new Map<string, number>();
  const shown = new Map<string, Set<string>>();

  const note = (one: Seen): void => {
    for (const line of findLines(one.content)) {
      const tag = toTag(line);
      const question = toName(line);
      if (!beganAt.has(question)) beganAt.set(question, history.now());
      const lines = shown.get(tag) ?? new Set();
      shown.set(tag, lines.add(String(line.line)));
      if (lines.size === line.of && !wholeAt.has(tag)) wholeAt.set(tag, history.now());
    }
  };

  const observe = (event: SimulatorEvent): void => {
    if (event.type === 'message-delete') {
      if (seen.delete(event.messageId)) history.add(`bot removes ${event.messageId}`);
      return;
    }
    if (event.type !== 'message-create' && event.type !== 'message-update') return;
    const { message } = event;
    if (message.author.id !== discord.botUserId) return;
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
    seen.set(message.id, one);
    note(one);
  };

  const stop = discord.observe(observe);
  return {
    all: () => [...seen.values()],
    of: (question) =>
      [...seen.values()].filter(
        ({ replyTo, tags }) =>
          replyTo === question.messageId || tags.some((tag) => tag.startsWith(`#${toName(question)}.`)),
      ),
    isMarkedAsRefused: ({ messageId }) => discord.reactions(messageId).some(({ emoji }) => emoji === '🚫'),
    beganAt: (question) => beganAt.get(toName(question)),
    wholeAt: (tag) => wholeAt.get(tag),
    stop,
  };
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
