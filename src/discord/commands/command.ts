import type { RESTPostAPIChatInputApplicationCommandsJSONBody } from 'discord.js';
import type { Place } from '../../intake/incoming.ts';
import type { Intake } from '../../intake/intake.ts';
import type { SettingsStore } from '../../intake/settings/settings-store.ts';
import type { Threads } from '../../intake/threads.ts';
import type { ConversationMemory, FactMemory } from '../../memory/ports.ts';
import type { Action } from '../../policy/authorize.ts';
import type { Runs } from '../../runs/ports.ts';

/** One use of a slash command, in plain data. */
export interface CommandRequest {
  readonly interactionId: string;
  readonly token: string;
  /** epoch ms */
  readonly createdAt: number;
  readonly name: string;
  readonly subcommand: string | null;
  /** By option name; a user or channel is its id. */
  readonly options: ReadonlyMap<string, string | number | boolean>;
  readonly place: Place;
  readonly user: { readonly id: string; readonly name: string };
  /** Of the user in this channel, as Discord computed them; null outside guilds. */
  readonly permissions: bigint | null;
  readonly isThreadOwner: boolean;
  /** A conversation of people in which the bot is no member: answers are for the asking person alone. */
  readonly isForeignDm: boolean;
}

/** A slash command: one file, and one line in the list. */
export interface Command {
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  /** What the person must be allowed to do. Decided from the request alone. */
  action(request: CommandRequest): Action;
  /** Whether only the person sees the answer. Decided from the request alone. */
  isEphemeral(request: CommandRequest): boolean;
  /**
   * Called after the person was authorised and Discord has the acknowledgement. What it throws becomes an honest
   * sentence. Must stop when `signal` aborts.
   */
  execute(
    request: CommandRequest,
    context: CommandContext,
    signal: AbortSignal,
  ): Promise<CommandAnswer> | CommandAnswer;
}

export type CommandAnswer =
  | { readonly kind: 'text'; readonly text: string }
  /** A run answers, by editing the acknowledgement. */
  | { readonly kind: 'run' };

/** What commands may use; the composition root fills it in. */
export interface CommandContext {
  readonly runs: Runs;
  readonly intake: Pick<Intake, 'onQuestion'>;
  readonly conversations: Pick<ConversationMemory, 'reset'>;
  readonly facts: Pick<FactMemory, 'list' | 'forget'>;
  readonly settings: Pick<SettingsStore, 'load' | 'change'>;
  readonly threads: Pick<Threads, 'open'>;
  /** Messages that do not address the bot can be read. */
  readonly messageContent: boolean;
  readonly status: (signal: AbortSignal) => Promise<BotStatus> | BotStatus;
}

/** How the bot is, for `/status`. */
export interface BotStatus {
  readonly version: string;
  readonly uptimeMs: number;
  readonly isConnected: boolean;
  /** Null before the first heartbeat. */
  readonly pingMs: number | null;
  readonly isStoreAvailable: boolean;
}
