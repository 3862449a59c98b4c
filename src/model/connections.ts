import { Pool, type Dispatcher } from 'undici';

/** Takes a response in, and says whether what comes next of it may be late. */
export interface ConnectionHandler extends Dispatcher.DispatchHandler {
  readonly mayRest: boolean;
}

/** How requests reach one server: what is used here of an undici dispatcher. */
export interface Connections {
  dispatch(options: Dispatcher.DispatchOptions, handler: ConnectionHandler): boolean;
  /** The same over a new connection: where one was found dead, the others that were idle may be so too. */
  dispatchAnew?(options: Dispatcher.DispatchOptions, handler: ConnectionHandler): boolean;
}

/**
 * How many calls there are at once is decided above, and so is how long an answer may take. One stream for each
 * connection (no HTTP/2): a lost packet holds up one answer, not all.
 */
export const CLIENT_OPTIONS = { allowH2: false, headersTimeout: 0, bodyTimeout: 0 } as const;
/** Before a connection counts as impossible, ms. */
export const CONNECT_OPTIONS = { allowH2: false, timeout: 10_000 } as const;

/** Connections as undici keeps them; `PacedConnections` are cheaper where there are many streams. */
export function openPlainConnections(origin: string): Connections {
  return new Pool(origin, { ...CLIENT_OPTIONS, connect: CONNECT_OPTIONS });
}
