import { ComponentType } from 'discord-api-types/v10';
import type { ModalBody } from '../rest/schemas/component.ts';

type Values = Readonly<Record<string, string>>;

interface Input {
  readonly type: ComponentType;
  readonly custom_id: string;
  readonly required?: boolean | null | undefined;
  readonly value?: string | null | undefined;
  readonly min_length?: number | null | undefined;
  readonly max_length?: number | null | undefined;
}

/** A filled-in form. Values of menus and uploads are ids or values, parted by commas. */
export function toModalData(modal: ModalBody, values: Values): object {
  const known = new Set<string>();
  const components = modal.components.map((component, index) => {
    const id = component.id ?? index + 1;
    switch (component.type) {
      case ComponentType.ActionRow:
        return {
          type: component.type,
          id,
          components: component.components.map((input) => fill(input, values, known)),
        };
      case ComponentType.Label:
        return { type: component.type, id, component: fill(component.component, values, known) };
      case ComponentType.TextDisplay:
        return { type: component.type, id };
    }
  });
  const unknown = Object.keys(values).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`The form has no field ${unknown}`);
  return { custom_id: modal.custom_id, components };
}

function fill(input: Input, values: Values, known: Set<string>): object {
  known.add(input.custom_id);
  const value = values[input.custom_id] ?? input.value ?? '';
  const field = { type: input.type, custom_id: input.custom_id, id: known.size };
  if (value === '' && input.required !== false) throw new Error(`The field ${input.custom_id} is required`);
  if (input.type !== ComponentType.TextInput) {
    return { ...field, values: value === '' ? [] : value.split(',') };
  }
  const [min, max] = [input.min_length ?? 0, input.max_length ?? 4_000];
  if (value !== '' && (value.length < min || value.length > max)) {
    throw new Error(`The field ${input.custom_id} takes ${min} to ${max} characters`);
  }
  return { ...field, value };
}
