import { randomBytes } from 'node:crypto';
import type { APIApplicationCommandOptionChoice, InteractionType } from 'discord-api-types/v10';
import type { ModalBody } from '../rest/schemas/component.ts';
import type { MessageState } from '../world/entities.ts';

/** What the application has answered so far. */
export type InteractionAnswer =
  'none' | 'message' | 'deferred' | 'deferred-update' | 'update' | 'choices' | 'modal';

export interface InteractionRecord {
  readonly id: string;
  readonly token: string;
  readonly type: InteractionType;
  readonly userId: string;
  readonly channelId: string;
  readonly guildId: string | null;
  /** Of a command: its name and message type. */
  readonly command: { readonly name: string; readonly isContextMenu: boolean } | null;
  /** Of a component, or of a modal that a component opened: the message it stands on. */
  readonly source: MessageState | null;
  /** The app acts for the person alone, since the bot is not in this server. */
  readonly isUserInstalled: boolean;
  readonly installOwners: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  answer: InteractionAnswer;
  /** Of a deferred answer. */
  isEphemeral: boolean;
  /** The answer proper; a deferred one has it from the start. */
  original: MessageState | null;
  /** All that was shown, oldest first. */
  readonly shown: MessageState[];
  followups: number;
  modal: ModalBody | null;
  choices: readonly APIApplicationCommandOptionChoice[];
  /** Called whenever something of this record changes. */
  readonly listeners: Set<() => void>;
}

export type NewInteraction = Omit<
  InteractionRecord,
  | 'token'
  | 'createdAtMs'
  | 'answer'
  | 'isEphemeral'
  | 'original'
  | 'shown'
  | 'followups'
  | 'modal'
  | 'choices'
  | 'listeners'
>;

export interface InteractionStore {
  add(interaction: NewInteraction): InteractionRecord;
  byId(id: string): InteractionRecord | undefined;
  byToken(token: string): InteractionRecord | undefined;
  /** A message that an answer showed to this person alone. */
  findEphemeral(userId: string, messageId: string): MessageState | undefined;
  /** The message is taken back: no interaction shows it any more. */
  forget(state: MessageState): void;
  changed(record: InteractionRecord): void;
}

/** Forgets an interaction some time after its token has expired. */
export function createInteractionStore(options: { tokenLifetimeMs: number }): InteractionStore {
  const byId = new Map<string, InteractionRecord>();
  const idByToken = new Map<string, string>();

  function sweep(now: number): void {
    for (const [id, record] of byId) {
      if (record.createdAtMs > now - 2 * options.tokenLifetimeMs) return;
      byId.delete(id);
      idByToken.delete(record.token);
    }
  }

  return {
    add(interaction) {
      const now = Date.now();
      sweep(now);
      const record: InteractionRecord = {
        ...interaction,
        token: randomBytes(96).toString('base64url'),
        createdAtMs: now,
        answer: 'none',
        isEphemeral: false,
        original: null,
        shown: [],
        followups: 0,
        modal: null,
        choices: [],
        listeners: new Set(),
      };
      byId.set(record.id, record);
      idByToken.set(record.token, record.id);
      return record;
    },
    byId: (id) => byId.get(id),
    byToken: (token) => byId.get(idByToken.get(token) ?? ''),
    findEphemeral(userId, messageId) {
      for (const record of byId.values()) {
        if (record.userId !== userId) continue;
        const found = record.shown.find(({ message }) => message.id === messageId);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    forget(state) {
      for (const record of byId.values()) {
        if (record.original === state) record.original = null;
        const index = record.shown.indexOf(state);
        if (index >= 0) record.shown.splice(index, 1);
      }
    },
    changed(record) {
      for (const listener of [...record.listeners]) listener();
    },
  };
}
