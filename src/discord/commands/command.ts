import type {
  RESTPostAPIChatInputApplicationCommandsJSONBody,
  RESTPostAPIContextMenuApplicationCommandsJSONBody,
} from 'discord.js';
import type { Attachment } from '../../attachments/attachment.ts';
import type { Place, QuotedMessage } from '../../intake/incoming.ts';
import type { Intake } from '../../intake/intake.ts';
import type { SettingsStore } from '../../intake/settings/settings-store.ts';
import type { Threads } from '../../intake/threads.ts';
import type { ConversationMemory, FactMemory } from '../../memory/ports.ts';
import type { Action } from '../../policy/authorize.ts';
import type { Runs } from '../../runs/ports.ts';
import type { ChannelHistory } from '../channels/channel-reader.ts';

/** One use of a command, in plain data. */
export interface CommandRequest {
  readonly interactionId: string;
  readonly token: string;
  /** epoch ms */
  readonly createdAt: number;
  readonly name: string;
  readonly subcommand: string | null;
  /** By option name; a user or channel is its id. The fields of a form that was filled in are among them. */
  readonly options: ReadonlyMap<string, string | number | boolean>;
  /** The files among the options, by option name. */
  readonly attachments: ReadonlyMap<string, Attachment>;
  /** The message that a context-menu command was used on. */
  readonly target: CommandTarget | null;
  readonly place: Place;
  readonly user: { readonly id: string; readonly name: string };
  /** Of the user in this channel, as Discord computed them; null outside guilds. */
  readonly permissions: bigint | null;
  readonly isThreadOwner: boolean;
  /** A conversation of people in which the bot is no member: answers are for the asking person alone. */
  readonly isForeignDm: boolean;
  /** The bot is no member of the place, whatever it is: it sees and reaches nothing there but by this interaction. */
  readonly isForeign: boolean;
  /** The language of the person's client, as `pt-BR`. */
  readonly locale: string;
}

export interface CommandTarget {
  readonly message: QuotedMessage;
  /** Only the person can see it: it is a private answer of the bot. */
  readonly isEphemeral: boolean;
}

export type CommandDefinition =
  RESTPostAPIChatInputApplicationCommandsJSONBody | RESTPostAPIContextMenuApplicationCommandsJSONBody;

/** A slash command or a context-menu command: one file, and one line in the list. */
export interface Command {
  readonly definition: CommandDefinition;
  /** What the person must be allowed to do. Decided from the request alone. */
  action(request: CommandRequest): Action;
  /** Whether only the person sees the answer. Decided from the request alone. */
  isEphemeral(request: CommandRequest): boolean;
  /**
   * What the person has to fill in first; undefined where nothing is missing. Decided from the request alone, since
   * Discord shows a form only as the very first answer. The fields join the options, and `execute` follows.
   */
  form?(request: CommandRequest): Form | undefined;
  /** What may be chosen for the option that the person is filling in. At once: Discord waits 3 s. */
  choices?(focused: FocusedOption, context: CommandContext): readonly string[];
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

/** A form that opens before the person: a modal of text fields, in Discord's words. */
export interface Form {
  /** At most 45 characters. */
  readonly title: string;
  /** At most 5. */
  readonly fields: readonly FormField[];
}

export interface FormField {
  readonly name: string;
  /** At most 45 characters. */
  readonly label: string;
  /** At most 100 characters. */
  readonly placeholder?: string;
  readonly isRequired: boolean;
  /** At most MAX_FIELD_CHARACTERS. */
  readonly maxCharacters: number;
}

export interface FocusedOption {
  readonly name: string;
  /** As far as it is typed. */
  readonly text: string;
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
  readonly facts: Pick<FactMemory, 'list' | 'forget' | 'remember'>;
  readonly history: ChannelHistory;
  /** What people may choose; the first is what answers otherwise. */
  readonly models: readonly string[];
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
