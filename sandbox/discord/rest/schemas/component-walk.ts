import { ComponentType } from 'discord-api-types/v10';

/** The part of any component that a walk needs. */
export interface AnyComponent {
  readonly type: ComponentType;
  readonly content?: string;
  readonly custom_id?: string | null | undefined;
  readonly components?: readonly AnyComponent[];
  readonly accessory?: AnyComponent;
  readonly component?: AnyComponent;
}

/** Every component, in the order of the document, with its path below `components`. */
export function* walkComponents(
  components: readonly AnyComponent[],
  above: readonly (string | number)[] = [],
): Generator<{ component: AnyComponent; path: readonly (string | number)[] }> {
  for (const [index, component] of components.entries()) {
    const path = [...above, index];
    yield { component, path };
    if (component.components !== undefined) {
      yield* walkComponents(component.components, [...path, 'components']);
    }
    for (const key of ['accessory', 'component'] as const) {
      const child = component[key];
      if (child !== undefined) yield { component: child, path: [...path, key] };
    }
  }
}

export function toComponentTexts(components: readonly AnyComponent[]): string[] {
  return [...walkComponents(components)].flatMap(({ component }) =>
    component.type === ComponentType.TextDisplay ? [component.content ?? ''] : [],
  );
}
