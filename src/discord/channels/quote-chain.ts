import { Routes, type APIMessage } from 'discord.js';
import { toQuote } from '../../intake/to-run.ts';
import { withDeadline } from '../../lib/abort.ts';
import type { Log } from '../../observability/log.ts';
import type { CompleteQuotes } from '../../runs/ports.ts';
import type { Quote, Run } from '../../runs/run.ts';
import { toQuotedMessage } from '../gateway/to-incoming-message.ts';
import { checkReadAccess, type ReadContext } from './channel-access.ts';

export interface QuoteChainOptions extends ReadContext {
  readonly botUserId: () => string;
  readonly log: Pick<Log, 'debug'>;
  /** Of the whole chain (10). */
  readonly maxMessages?: number;
  /** Of the texts of the whole chain (8,000). */
  readonly maxCharacters?: number;
  /** For all requests together, ms (3,000). */
  readonly timeoutMs?: number;
}

/** How far a chain may go on. */
interface Bounds {
  readonly known: ReadonlySet<string>;
  readonly maxMessages: number;
  readonly maxCharacters: number;
}

/**
 * Follows the replies back from the message that a question replies to: in its channel alone, within the rights of
 * the person who asks, and only to what the conversation does not hold already. What cannot be had is left out.
 */
export function createQuoteChain(options: QuoteChainOptions): CompleteQuotes {
  const { log, maxMessages = 10, maxCharacters = 8_000, timeoutMs = 3_000 } = options;

  return async (run, turns, signal) => {
    const [oldest] = run.prompt.quotes;
    if (!oldest?.repliesTo) return run;
    const known = new Set(turns.flatMap(({ messageIds }) => messageIds));
    if (oldest.messageId !== null && known.has(oldest.messageId)) return run;
    const found: Quote[] = [];
    try {
      await withDeadline('Following replies', timeoutMs, signal, async ({ signal: callSignal }) => {
        const quotes = followReplies(run, oldest, { known, maxMessages, maxCharacters }, options, callSignal);
        for await (const quote of quotes) found.push(quote);
      });
    } catch (error) {
      signal.throwIfAborted();
      log.debug({ err: error, runId: run.id }, 'a chain of replies ends early');
    }
    if (found.length === 0) return run;
    return { ...run, prompt: { ...run.prompt, quotes: [...found.toReversed(), ...run.prompt.quotes] } };
  };
}

/** Newest first. Each request brings a message and the one that it replied to. */
async function* followReplies(
  run: Run,
  from: Quote,
  { known, maxMessages, maxCharacters }: Bounds,
  { rest, directory, botUserId }: QuoteChainOptions,
  signal: AbortSignal,
): AsyncGenerator<Quote, void> {
  if (!from.repliesTo) return;
  const { channelId } = from.repliesTo;
  await checkReadAccess({ channelId, userId: run.requester.id }, { rest, directory }, signal);
  const text = { guildId: run.guildId, channelId, directory, keepUserId: botUserId() };
  let count = run.prompt.quotes.length;
  let characters = run.prompt.quotes.reduce((sum, quote) => sum + quote.text.length, 0);
  let next = from.repliesTo;
  while (!known.has(next.messageId)) {
    const path = Routes.channelMessage(channelId, next.messageId);
    const message = (await rest.send({ method: 'GET', path, priority: 'read', signal })) as APIMessage;
    for (const each of [message, message.referenced_message]) {
      const quoted = toQuotedMessage(each, text);
      // A reply to what was deleted since ends here.
      if (!quoted || known.has(quoted.id)) return;
      const quote = toQuote(quoted, botUserId());
      count += 1;
      characters += quote.text.length;
      if (count > maxMessages || characters > maxCharacters) return;
      yield quote;
      if (!quote.repliesTo) return;
      next = quote.repliesTo;
    }
  }
}
