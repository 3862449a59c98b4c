const SUBCOMMAND = 1;
const GROUP = 2;

/**
 * Every slash command that can be run, with subcommands as entries of their own.
 * @param {any[]} commands
 * @returns {{ title: string, name: string, subcommand: string | undefined, description: string, options: any[] }[]}
 */
export function toCommandEntries(commands) {
  return commands
    .filter(({ type = 1 }) => type === 1)
    .flatMap((command) => {
      const { name, description = '', options = [] } = command;
      const nested = options.flatMap((/** @type {any} */ option) => {
        if (option.type === SUBCOMMAND) return [{ path: option.name, option }];
        if (option.type !== GROUP) return [];
        return (option.options ?? []).map((/** @type {any} */ inner) => ({
          path: `${option.name} ${inner.name}`,
          option: inner,
        }));
      });
      if (nested.length === 0)
        return [{ title: `/${name}`, name, subcommand: undefined, description, options }];
      return nested.map((/** @type {any} */ { path, option }) => ({
        title: `/${name} ${path}`,
        name,
        subcommand: path,
        description: option.description ?? '',
        options: option.options ?? [],
      }));
    });
}
