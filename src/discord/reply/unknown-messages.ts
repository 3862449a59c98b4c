import { Routes, type APIMessage } from 'discord.js';
import { compareIds } from '../../lib/compare-ids.ts';
import type { Log } from '../../observability/log.ts';
import { isTokenOnly } from '../../runs/answer-window.ts';
import type { Run } from '../../runs/run.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { LiveMessage } from './live-message.ts';
import type { MessageContent } from './message-body.ts';

/**
 * For so long a create may be tried without looking: with the time that its tries may take it stays within "the past
 * few minutes" for which Discord remembers a nonce.
 */
const SURE_MS = 60_000;
/** Discord's own limit of one request. */
const PAGE_SIZE = 100;
/** What was said in a busy channel while an answer could not be delivered. */
const MAX_PAGES = 10;
/** Messages with fewer characters in common are taken for two. */
const MIN_ALIKE_CHARACTERS = 20;

export interface UnknownMessagesOptions {
  readonly run: Run;
  /** Given where an earlier process, or an earlier try, began to show the answer. */
  readonly standing?: readonly string[];
  readonly budget: Pick<OutgoingBudget, 'send'>;
  readonly botUserId: () => string;
  readonly log: Pick<Log, 'warn'>;
  /** epoch ms */
  readonly now: () => number;
}

/**
 * Messages of an answer that may stand in its channel although nobody here knows of them: the answers to their
 * creates were lost. As long as Discord remembers their nonces, creating them again gives them; after that the
 * channel is read.
 */
export class UnknownMessages {
  readonly #options: UnknownMessagesOptions;
  #others: APIMessage[] = [];

  constructor(options: UnknownMessagesOptions) {
    this.#options = options;
  }

  /** Whether creating a message could show it twice. */
  mayBeThere(messages: readonly LiveMessage[]): boolean {
    // The first message of an interaction is no create: it takes the place of the acknowledgement.
    if (this.#options.run.origin.kind === 'interaction' && messages[0]?.id === undefined) return false;
    return this.#mustLook(messages);
  }

  /** Looks for them. False: Discord gives no answer just now, and nothing may be created. */
  async look(messages: readonly LiveMessage[], first: () => LiveMessage): Promise<boolean> {
    const { run, botUserId, log } = this.#options;
    if (!this.#mustLook(messages)) return true;
    try {
      for (const message of messages) if (message.id === undefined) await message.withdraw();
      const known = new Set(messages.map(({ id }) => id));
      const page = await this.#readAfter(run);
      const own = page.filter(({ id, author }) => author.id === botUserId() && !known.has(id));
      this.#others = own;
      if (run.origin.kind === 'interaction') return true;
      const { messageId } = run.origin;
      const reply = own.find((message) => toReference(message) === messageId);
      if (reply && first().id === undefined) first().adopt(reply.id);
      // Only the first message of an answer is a reply.
      this.#others = own.filter((message) => toReference(message) === undefined);
      return true;
    } catch (error) {
      log.warn({ err: error }, 'what stands of an answer cannot be read yet');
      return false;
    }
  }

  #mustLook(messages: readonly LiveMessage[]): boolean {
    const { run, standing, now } = this.#options;
    if (run.origin.kind === 'message') {
      const triedAt = [standing && run.createdAt, ...messages.map((message) => message.triedAt)];
      return triedAt.some((at) => at !== undefined && now() - at > SURE_MS);
    }
    // What only the person sees, or where the bot is no member, cannot be read. Other follow-ups have no nonce.
    if (isTokenOnly(run.origin)) return false;
    return standing !== undefined || messages.slice(1).some(({ triedAt }) => triedAt !== undefined);
  }

  /** Lets a message that is not known be the one that holds its text, or the beginning of it. */
  adopt(message: LiveMessage, { text }: MessageContent): void {
    if (message.id !== undefined) return;
    const index = this.#others.findIndex(({ content }) => isBeginning(content, text));
    const [found] = index === -1 ? [] : this.#others.splice(index, 1);
    if (found) message.adopt(found.id);
  }

  async #readAfter({ id, channelId }: Run): Promise<readonly APIMessage[]> {
    const path = Routes.channelMessages(channelId);
    const found: APIMessage[] = [];
    try {
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const query = { after: found.at(-1)?.id ?? id, limit: String(PAGE_SIZE) };
        const next = await this.#options.budget.send({ method: 'GET', path, query, priority: 'read' });
        const messages = next as readonly APIMessage[];
        found.push(...messages.toSorted((one, other) => compareIds(one.id, other.id)));
        if (messages.length < PAGE_SIZE) break;
      }
    } catch (error) {
      // Where the bot may not read it may not write either, and is told so again.
      if (!(error instanceof DiscordRequestError)) throw error;
    }
    return found;
  }
}

function toReference({ message_reference: reference }: APIMessage): string | undefined {
  return reference?.message_id;
}

/** Whether `shown` is what stood of `text` while it grew; a code block is closed at its end, whatever follows. */
function isBeginning(shown: string, text: string): boolean {
  const open = shown.replace(/\n?`{3}$/, '').trimEnd();
  return shown === text || (open.length >= MIN_ALIKE_CHARACTERS && text.startsWith(open));
}
