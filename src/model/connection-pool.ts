import { buildConnector, Client, type Dispatcher } from 'undici';
import { ReadPacer, wake, type PacedSocket, type PacedStream } from './read-pacer.ts';

/** Before a connection counts as impossible, ms. */
const CONNECT_TIMEOUT_MS = 10_000;
/** What a token may be late where there are many streams; Discord shows a change a second. */
const MAX_REST_MS = 75;

/** Takes a response in, and says whether what comes next of it may be late. */
export type ConnectionHandler = Dispatcher.DispatchHandler & Partial<PacedStream>;

/** What of an undici dispatcher is used here. */
export interface Connections {
  dispatch(options: Dispatcher.DispatchOptions, handler: ConnectionHandler): boolean;
  /** The same over a new connection: where one was found dead, the others that were idle may be so too. */
  dispatchAnew?(options: Dispatcher.DispatchOptions, handler: ConnectionHandler): boolean;
}

/**
 * Connections to one server, made as they are needed. The one used last is used next, so that those which a peak left
 * over are closed for being idle; finding one costs the same however many there are. How many calls there are at
 * once is decided above, and so is how long an answer may take.
 */
export class ConnectionPool implements Connections {
  readonly #origin: string;
  readonly #idle: Connection[] = [];
  readonly #pacer = new ReadPacer(MAX_REST_MS);
  // One stream for each connection (no HTTP/2): a lost packet holds up one answer, not all.
  readonly #open = buildConnector({ allowH2: false, timeout: CONNECT_TIMEOUT_MS });

  constructor(origin: string) {
    this.#origin = origin;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: ConnectionHandler): boolean {
    return (this.#idle.pop() ?? this.#createConnection()).dispatch(options, handler);
  }

  dispatchAnew(options: Dispatcher.DispatchOptions, handler: ConnectionHandler): boolean {
    return this.#createConnection().dispatch(options, handler);
  }

  #createConnection(): Connection {
    const connection = new Connection(this.#origin, (options, callback) => {
      this.#open(options, (...result) => {
        const [, socket] = result;
        if (socket) connection.socket = this.#pacer.pace(socket, connection);
        callback(...result);
      });
    });
    connection.client.on('drain', () => {
      if (connection.client.stats.connected) this.#idle.push(connection);
    });
    connection.client.on('disconnect', () => {
      const index = this.#idle.lastIndexOf(connection);
      if (index !== -1) this.#idle.splice(index, 1);
    });
    return connection;
  }
}

class Connection implements PacedStream {
  readonly client: Client;
  socket: PacedSocket | undefined;
  /** Of the response under way, or of the last one. */
  #handler: ConnectionHandler | undefined;

  constructor(origin: string, connect: buildConnector.connector) {
    this.client = new Client(origin, { headersTimeout: 0, bodyTimeout: 0, allowH2: false, connect });
  }

  get mayRest(): boolean {
    return this.#handler?.mayRest ?? true;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: ConnectionHandler): boolean {
    this.#handler = handler;
    // It may rest from the last pieces of the response before.
    if (this.socket) wake(this.socket);
    return this.client.dispatch(options, handler);
  }
}
