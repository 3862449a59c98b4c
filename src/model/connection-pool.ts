import { buildConnector, Client, type Dispatcher } from 'undici';
import { ReadPacer } from './read-pacer.ts';

/** Before a connection counts as impossible, ms. */
const CONNECT_TIMEOUT_MS = 10_000;
/** What a token may be late where there are many streams; Discord shows a change a second. */
const MAX_REST_MS = 50;

/** What of an undici dispatcher is used here. */
export interface Connections extends Pick<Dispatcher, 'dispatch'> {
  /** The same over a new connection: where one was found dead, the others that were idle may be so too. */
  dispatchAnew?(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean;
}

/**
 * Connections to one server, made as they are needed. The one used last is used next, so that those which a peak left
 * over are closed for being idle; finding one costs the same however many there are. How many calls there are at
 * once is decided above, and so is how long an answer may take.
 */
export class ConnectionPool implements Connections {
  readonly #origin: string;
  readonly #idle: Client[] = [];
  readonly #pacer = new ReadPacer(MAX_REST_MS);
  // One stream for each connection (no HTTP/2): a lost packet holds up one answer, not all.
  readonly #open = buildConnector({ allowH2: false, timeout: CONNECT_TIMEOUT_MS });

  constructor(origin: string) {
    this.#origin = origin;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const client = this.#idle.pop() ?? this.#createClient();
    return client.dispatch(options, handler);
  }

  dispatchAnew(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#createClient().dispatch(options, handler);
  }

  #createClient(): Client {
    const client = new Client(this.#origin, {
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
      connect: this.#connect,
    });
    client.on('drain', () => {
      if (client.stats.connected) this.#idle.push(client);
    });
    client.on('disconnect', () => {
      this.#forget(client);
    });
    return client;
  }

  readonly #connect: buildConnector.connector = (options, callback) => {
    this.#open(options, (...result) => {
      const [, socket] = result;
      if (socket) this.#pacer.pace(socket);
      callback(...result);
    });
  };

  #forget(client: Client): void {
    const index = this.#idle.lastIndexOf(client);
    if (index !== -1) this.#idle.splice(index, 1);
  }
}
