import {
  ComponentType,
  TextInputStyle,
  type APIModalInteractionResponseCallbackData,
  type APIModalSubmission,
} from 'discord.js';

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
  /** At most 4,000. */
  readonly maxCharacters: number;
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
