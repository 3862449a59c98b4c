/** Kinds of what goes wrong, each of which can be left out. The first are done to the bot, the rest by people. */
export const faultKinds = [
  ...(['process', 'gateway', 'rest', 'html', 'model', 'disk', 'permissions', 'clock'] as const),
  ...(['threads', 'edits', 'steering', 'retry', 'removals'] as const),
] as const;
export type FaultKind = (typeof faultKinds)[number];

export const allKinds: ReadonlySet<FaultKind> = new Set(faultKinds);

/** In a line each, for whoever has to choose. */
export const kindWords = {
  process: 'SIGTERM, SIGSTOP, and kill -9 where --kills does not come by itself',
  gateway: 'sockets cut or dead, sessions lost, dispatches three times or out of order',
  rest: '429, 500, silence and broken lines, before and after the effect',
  html: 'a proxy before Discord that answers 403, 404, 408 and 502 with a page',
  model: 'a model that fails, stalls or is silent',
  disk: 'a store that is slow or fails',
  permissions: 'the bot may not speak in the server for a moment',
  clock: "a host clock that runs ahead or behind and jumps; people's /reset",
  threads: 'questions that are answered in threads, and asked on there',
  edits: 'questions edited and deleted at any time',
  steering: 'channels with steer and interrupt; messages that join, are changed and stopped',
  retry: 'Retry pressed, and the question then edited or deleted',
  removals: 'answers deleted by hand, or with their button',
} as const satisfies Record<FaultKind, string>;
