import { MessageType, Routes, type APIMessage } from 'discord.js';
import { compareIds } from '../../lib/compare-ids.ts';
import type { Log } from '../../observability/log.ts';
import { isTokenOnly } from '../../runs/answer-window.ts';
import type { Run } from '../../runs/run.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { toReplyTarget } from './destination.ts';
import type { LiveMessage } from './live-message.ts';
import type { MessageContent } from './message-body.ts';

/**
 * For so long a create may be tried without looking: with the time that its tries may take it stays within "the past
 * few minutes" for which Discord remembers a nonce.
 */
const SURE_MS = 60_000;
/** Discord's own limit of one request. */
const PAGE_SIZE = 100;
/** So far after the question an answer is looked for. */
const MAX_PAGES = 20;
/** What Discord notes in the bot's name when it changes a thread: nobody can write there. */
const NOTES: ReadonlySet<MessageType> = new Set([
  MessageType.RecipientAdd,
  MessageType.ChannelNameChange,
  MessageType.ThreadCreated,
]);
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
      const own = await this.#readAfter(
        run,
        ({ id, author, type }) => author.id === botUserId() && !NOTES.has(type) && !known.has(id),
      );
      this.#others = own;
      if (run.origin.kind === 'interaction') return true;
      const reply = messages[0]?.id === undefined ? findFirst(own, toReplyTarget(run)) : undefined;
      if (reply) first().adopt(reply.id);
      // Only the first message of an answer is a reply.
      this.#others = own.filter((message) => message !== reply && toReference(message) === undefined);
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

  /** Those of the messages after the question that are wanted, oldest first. */
  async #readAfter(
    { id, channelId }: Run,
    isWanted: (message: APIMessage) => boolean,
  ): Promise<APIMessage[]> {
    const wanted: APIMessage[] = [];
    let after = id;
    for (let read = 1; read <= MAX_PAGES; read += 1) {
      const page = await this.#readPage(channelId, after);
      wanted.push(...page.filter(isWanted));
      const last = page.at(-1);
      if (!last || page.length < PAGE_SIZE) return wanted;
      after = last.id;
    }
    this.#options.log.warn({ messages: MAX_PAGES * PAGE_SIZE }, 'an answer is not looked for any farther');
    return wanted;
  }

  async #readPage(channelId: string, after: string): Promise<readonly APIMessage[]> {
    const path = Routes.channelMessages(channelId);
    const query = { after, limit: String(PAGE_SIZE) };
    try {
      const page = await this.#options.budget.send({ method: 'GET', path, query, priority: 'read' });
      return (page as APIMessage[]).toSorted((one, other) => compareIds(one.id, other.id));
    } catch (error) {
      // Where the bot may not read it may not write either, and is told so again.
      if (error instanceof DiscordRequestError) return [];
      throw error;
    }
  }
}

/** In a thread of its own an answer is no reply, but it stands there before all others. */
function findFirst(own: readonly APIMessage[], replyTo: string | undefined): APIMessage | undefined {
  const found = replyTo === undefined ? own[0] : own.find((message) => toReference(message) === replyTo);
  return found && toReference(found) === replyTo ? found : undefined;
}

function toReference({ message_reference: reference }: APIMessage): string | undefined {
  return reference?.message_id;
}

/** Whether `shown` is what stood of `text` while it grew; a code block is closed at its end, whatever follows. */
function isBeginning(shown: string, text: string): boolean {
  const open = shown.replace(/\n?`{3}$/, '').trimEnd();
  return shown === text || (open.length >= MIN_ALIKE_CHARACTERS && text.startsWith(open));
}
