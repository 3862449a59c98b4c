import { randomBytes } from 'node:crypto';
import {
  ComponentType,
  TextInputStyle,
  type APIModalInteractionResponseCallbackData,
  type APIModalSubmission,
} from 'discord.js';
import { createLruCache } from '../../lib/lru-cache.ts';
import type { Command, CommandRequest, Form } from './command.ts';

/** What a form was opened for. */
interface PendingForm {
  readonly command: Command;
  readonly request: CommandRequest;
}

/** Forms that are open before people. In memory alone, since what they are about is not ours to keep. */
export interface PendingForms {
  /** Returns the id that the form carries; nobody can guess it. */
  open(pending: PendingForm): string;
  /** Undefined: forgotten, after a while or a restart, or opened by somebody else. */
  find(id: string, userId: string): PendingForm | undefined;
  /** It was answered. */
  close(id: string): void;
}

const PREFIX = 'form:';
const ID_BYTES = 16;
/** Discord sets no limit; a person who writes at length needs not this long. */
const KEPT_MS = 60 * 60_000;
/** Each holds one message at most, so some megabytes in all. The oldest go first. */
const MAX_PENDING = 1_000;

export function createPendingForms(): PendingForms {
  const pending = createLruCache<PendingForm>({ max: MAX_PENDING, ttl: KEPT_MS });
  return {
    open(form) {
      const id = `${PREFIX}${randomBytes(ID_BYTES).toString('base64url')}`;
      pending.set(id, form);
      return id;
    },
    find(id, userId) {
      const form = pending.get(id);
      return form?.request.user.id === userId ? form : undefined;
    },
    close(id) {
      pending.delete(id);
    },
  };
}

/** Whether a form that was sent in is a command's. */
export function isCommandForm(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** `id` comes back with what was filled in. */
export function toModal(form: Form, id: string): APIModalInteractionResponseCallbackData {
  return {
    custom_id: id,
    title: form.title,
    components: form.fields.map(({ name, label, placeholder, isRequired, maxCharacters }) => ({
      type: ComponentType.Label,
      label,
      component: {
        type: ComponentType.TextInput,
        custom_id: name,
        style: TextInputStyle.Paragraph,
        required: isRequired,
        max_length: maxCharacters,
        ...(placeholder !== undefined && { placeholder }),
      },
    })),
  };
}

/** What the person wrote, by the name of the field. */
export function toFieldValues({ components }: APIModalSubmission): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const row of components) {
    if (row.type !== ComponentType.Label || row.component.type !== ComponentType.TextInput) continue;
    values.set(row.component.custom_id, row.component.value);
  }
  return values;
}
