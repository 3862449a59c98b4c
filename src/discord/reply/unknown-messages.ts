import type { APIMessage } from 'discord.js';
import { isTokenOnly } from '../../runs/answer-window.ts';
import type { Run } from '../../runs/run.ts';
import { toReplyTarget } from './destination.ts';
import type { LiveMessage } from './live-message.ts';
import type { MessageContent } from './message-body.ts';
import { readOwnMessages, toReference, type OwnMessagesOptions } from './own-messages.ts';

/**
 * For so long a create may be tried without looking: with the time that its tries may take it stays within "the past
 * few minutes" for which Discord remembers a nonce.
 */
const SURE_MS = 60_000;
/** Messages with fewer characters in common are taken for two. */
const MIN_ALIKE_CHARACTERS = 20;

/** Whose a message of the bot is, as far as that is known. */
export interface MessageOwners {
  /** The id of its run. Never rejects. */
  find(messageId: string): Promise<string | undefined>;
  /** Of the runs of this process alone, without asking anybody. */
  known(messageId: string): string | undefined;
  keep(messageId: string, runId: string): void;
}

export interface UnknownMessagesOptions extends OwnMessagesOptions {
  readonly run: Run;
  /** Given where an earlier process, or an earlier try, began to show the answer. */
  readonly standing?: readonly string[];
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
  readonly #options: UnknownMessagesOptions;
  #others: readonly APIMessage[] = [];

  constructor(options: UnknownMessagesOptions) {
    this.#options = options;
  }

  /** Whether creating a message could show it twice. */
  mayBeThere(messages: readonly LiveMessage[]): boolean {
    // The first message of an interaction is no create: it takes the place of the acknowledgement.
    if (this.#options.run.origin.kind === 'interaction' && messages[0]?.id === undefined) return false;
    return this.#mustLook(messages) || this.cannotBeRead(messages);
  }

  /**
   * Whether there may be follow-ups that nobody here knows of and that only the person can see, or that stand where the
   * bot is no member: they have no nonce and cannot be looked for, so none is made any more.
   */
  cannotBeRead(messages: readonly LiveMessage[]): boolean {
    const { run, standing = [] } = this.#options;
    if (!isTokenOnly(run.origin)) return false;
    return standing.length > 0 || messages.slice(1).some(({ triedAt }) => triedAt !== undefined);
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
    const { run, log } = this.#options;
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
      log.warn({ err: error }, 'what stands of an answer cannot be read yet');
      return false;
    }
  }

  #mustLook(messages: readonly LiveMessage[], sureMs = SURE_MS): boolean {
    const { run, standing, now } = this.#options;
    if (run.origin.kind === 'message') {
      const triedAt = [standing && run.createdAt, ...messages.map((message) => message.triedAt)];
      return triedAt.some((at) => at !== undefined && now() - at >= sureMs);
    }
    // Follow-ups have no nonce.
    if (isTokenOnly(run.origin)) return false;
    return standing !== undefined || messages.slice(1).some(({ triedAt }) => triedAt !== undefined);
  }

  /** Lets a message that is not known be the one that holds its text, or the beginning of it. */
  adopt(message: LiveMessage, { text }: MessageContent): void {
    const { run, owners } = this.#options;
    if (message.id !== undefined) return;
    const index = this.#others.findIndex(
      ({ id, content }) => isBeginning(content, text) && this.#mayBeOurs(owners.known(id)),
    );
    const found = this.#others[index];
    if (!found) return;
    this.#others = this.#others.toSpliced(index, 1);
    message.adopt(found.id);
    owners.keep(found.id, run.id);
  }

  /** Two answers may have the same words. */
  async #withoutThoseOfOthers(own: readonly APIMessage[]): Promise<readonly APIMessage[]> {
    const owners = await Promise.all(own.map(({ id }) => this.#options.owners.find(id)));
    return own.filter((_, index) => this.#mayBeOurs(owners[index]));
  }

  #mayBeOurs(owner: string | undefined): boolean {
    const { id, replaces } = this.#options.run;
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
