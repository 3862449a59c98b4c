import { MessageType, Routes, type APIMessage } from 'discord.js';
import { createLruCache } from '../../lib/lru-cache.ts';
import type { Log } from '../../observability/log.ts';
import { isTokenOnly } from '../../runs/answer-window.ts';
import type { Run } from '../../runs/run.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { toReplyTarget } from './destination.ts';
import type { LiveMessage } from './live-message.ts';
import type { MessageContent } from './message-body.ts';

export interface OwnMessagesOptions {
  readonly budget: Pick<OutgoingBudget, 'send'>;
  readonly botUserId: () => string;
  readonly log: Pick<Log, 'warn'>;
}

/** Discord's own limit of one request. */
const PAGE_SIZE = 100;
/** So far after a question something of the bot is looked for. */
const MAX_PAGES = 20;

/** What Discord notes in the bot's name when it changes a thread: nobody can write there. */
const NOTES: ReadonlySet<MessageType> = new Set([
  MessageType.RecipientAdd,
  MessageType.ChannelNameChange,
  MessageType.ThreadCreated,
]);

/** What the bot said in a channel after a message, oldest first. Rejects while Discord gives no answer. */
export async function readOwnMessages(
  { budget, botUserId, log }: OwnMessagesOptions,
  { channelId, after }: { readonly channelId: string; readonly after: string },
): Promise<APIMessage[]> {
  const own: APIMessage[] = [];
  let last = after;
  for (let read = 1; read <= MAX_PAGES; read += 1) {
    const page = await readPage(budget, channelId, last);
    own.push(...page.filter(({ author, type }) => author.id === botUserId() && !NOTES.has(type)));
    const latest = page.at(-1);
    if (!latest || page.length < PAGE_SIZE) return own;
    last = latest.id;
  }
  log.warn({ messages: MAX_PAGES * PAGE_SIZE }, 'what the bot said is not looked for any farther');
  return own;
}

/** The message that it is a reply to. */
export function toReference({ message_reference: reference }: APIMessage): string | undefined {
  return reference?.message_id;
}

async function readPage(
  budget: OwnMessagesOptions['budget'],
  channelId: string,
  after: string,
): Promise<readonly APIMessage[]> {
  const path = Routes.channelMessages(channelId);
  const query = { after, limit: String(PAGE_SIZE) };
  try {
    const page = await budget.send({ method: 'GET', path, query, priority: 'read' });
    return (page as APIMessage[]).toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
  } catch (error) {
    // Where the bot may not read it may not write either, and is told so again.
    if (error instanceof DiscordRequestError) return [];
    throw error;
  }
}

/**
 * For so long a create may be tried without looking: with the time that its tries may take it stays within "the past
 * few minutes" for which Discord remembers a nonce.
 */
const SURE_MS = 60_000;
/** Messages with fewer characters in common are taken for two. */
const MIN_ALIKE_CHARACTERS = 20;

/** Answers whose messages are known at once to be theirs, about. */
const MAX_OWNED = 2_000;

/** Whose a message of the bot is, as far as that is known. */
export class MessageOwners {
  readonly #recent = createLruCache<string>({ max: MAX_OWNED });
  readonly #ownerOf: (messageId: string) => Promise<string | undefined>;
  readonly #log: Pick<Log, 'debug'>;

  /** `ownerOf`: for messages of earlier processes too. Rejects while the store gives no answer. */
  constructor(ownerOf: (messageId: string) => Promise<string | undefined>, log: Pick<Log, 'debug'>) {
    this.#ownerOf = ownerOf;
    this.#log = log;
  }

  /** The id of its run. Never rejects. */
  async find(messageId: string): Promise<string | undefined> {
    const known = this.known(messageId);
    if (known !== undefined) return known;
    try {
      return await this.#ownerOf(messageId);
    } catch (error) {
      // An answer does not wait for the store: that two have the same words is rarer than that.
      this.#log.debug({ err: error, messageId }, 'whose message this is cannot be read');
      return undefined;
    }
  }

  /** Of the runs of this process alone, without asking anybody. */
  known(messageId: string): string | undefined {
    return this.#recent.get(messageId);
  }

  keep(messageId: string, runId: string): void {
    this.#recent.set(messageId, runId);
  }
}

export interface UnknownMessagesOptions extends OwnMessagesOptions {
  readonly owners: MessageOwners;
  /** epoch ms */
  readonly now: () => number;
}

/**
 * Messages of an answer that may stand in its channel although nobody here knows of them: the answers to their
 * creates were lost. As long as Discord remembers their nonces, creating them again gives them; after that the
 * channel is read.
 */
export class UnknownMessages {
  readonly #run: Run;
  readonly #options: UnknownMessagesOptions;
  readonly #standing: readonly string[] | undefined;
  #others: readonly APIMessage[] = [];

  /** `standing`: given where an earlier process, or an earlier try, began to show the answer. */
  constructor(run: Run, options: UnknownMessagesOptions, standing: readonly string[] | undefined) {
    this.#run = run;
    this.#options = options;
    this.#standing = standing;
  }

  /** Whether creating a message could show it twice. */
  mayBeThere(messages: readonly LiveMessage[]): boolean {
    // The first message of an interaction is no create: it takes the place of the acknowledgement.
    if (this.#run.origin.kind === 'interaction' && messages[0]?.id === undefined) return false;
    return this.#mustLook(messages) || this.cannotBeRead(messages);
  }

  /**
   * Whether there may be follow-ups that nobody here knows of and that only the person can see, or that stand where the
   * bot is no member: they have no nonce and cannot be looked for, so none is made any more.
   */
  cannotBeRead(messages: readonly LiveMessage[]): boolean {
    if (!isTokenOnly(this.#run.origin)) return false;
    return (
      (this.#standing ?? []).length > 0 || messages.slice(1).some(({ triedAt }) => triedAt !== undefined)
    );
  }

  /**
   * Looks for them. False: Discord gives no answer just now, and nothing may be created. `isToVanish`: nothing of the
   * answer is to stand there, so that no create will find what its nonce still leads to.
   */
  async look(
    messages: readonly LiveMessage[],
    first: () => LiveMessage,
    isToVanish: boolean,
  ): Promise<boolean> {
    const run = this.#run;
    if (!this.#mustLook(messages, isToVanish ? 0 : SURE_MS)) return true;
    try {
      for (const message of messages) if (message.id === undefined) await message.withdraw();
      const known = new Set(messages.map(({ id }) => id));
      const all = await readOwnMessages(this.#options, { channelId: run.channelId, after: run.id });
      const own = all.filter(({ id }) => !known.has(id));
      if (run.origin.kind === 'interaction') {
        this.#others = await this.#withoutThoseOfOthers(own);
        return true;
      }
      const reply = messages[0]?.id === undefined ? findFirst(own, toReplyTarget(run)) : undefined;
      if (reply) first().adopt(reply.id);
      // Only the first message of an answer is a reply.
      const parts = own.filter((message) => message !== reply && toReference(message) === undefined);
      this.#others = await this.#withoutThoseOfOthers(parts);
      return true;
    } catch (error) {
      this.#options.log.warn({ err: error }, 'what stands of an answer cannot be read yet');
      return false;
    }
  }

  #mustLook(messages: readonly LiveMessage[], sureMs = SURE_MS): boolean {
    const run = this.#run;
    const standing = this.#standing;
    if (run.origin.kind === 'message') {
      const triedAt = [standing && run.createdAt, ...messages.map((message) => message.triedAt)];
      return triedAt.some((at) => at !== undefined && this.#options.now() - at >= sureMs);
    }
    // Follow-ups have no nonce.
    if (isTokenOnly(run.origin)) return false;
    return standing !== undefined || messages.slice(1).some(({ triedAt }) => triedAt !== undefined);
  }

  /** Lets a message that is not known be the one that holds its text, or the beginning of it. */
  adopt(message: LiveMessage, { text }: MessageContent): void {
    const { owners } = this.#options;
    if (message.id !== undefined) return;
    const index = this.#others.findIndex(
      ({ id, content }) => isBeginning(content, text) && this.#mayBeOurs(owners.known(id)),
    );
    const found = this.#others[index];
    if (!found) return;
    this.#others = this.#others.toSpliced(index, 1);
    message.adopt(found.id);
    owners.keep(found.id, this.#run.id);
  }

  /** Two answers may have the same words. */
  async #withoutThoseOfOthers(own: readonly APIMessage[]): Promise<readonly APIMessage[]> {
    const owners = await Promise.all(own.map(({ id }) => this.#options.owners.find(id)));
    return own.filter((_, index) => this.#mayBeOurs(owners[index]));
  }

  #mayBeOurs(owner: string | undefined): boolean {
    const { id, replaces } = this.#run;
    return owner === undefined || owner === id || owner === replaces?.runId;
  }
}

/** In a thread of its own an answer is no reply, but it stands there before all others. */
function findFirst(own: readonly APIMessage[], replyTo: string | undefined): APIMessage | undefined {
  const found = replyTo === undefined ? own[0] : own.find((message) => toReference(message) === replyTo);
  return found && toReference(found) === replyTo ? found : undefined;
}

/** Whether `shown` is what stood of `text` while it grew; a code block is closed at its end, whatever follows. */
function isBeginning(shown: string, text: string): boolean {
  const open = shown.replace(/\n?`{3}$/, '').trimEnd();
  return shown === text || (open.length >= MIN_ALIKE_CHARACTERS && text.startsWith(open));
}
