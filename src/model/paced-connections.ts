import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { CLIENT_OPTIONS, CONNECT_OPTIONS, type ConnectionHandler, type Connections } from './connections.ts';
import { PacedSocket, ReadPacer, type PacedStream } from './paced-socket.ts';

/** What a token may be late where there are many streams; Discord shows a change a second. */
const MAX_REST_MS = 75;

/**
 * Connections to one server, made as they are needed. The one used last is used next, so that those which a peak left
 * over are closed for being idle; finding one costs the same however many there are. What arrives on many is read in
 * strides: docs/decisions/0006-the-fast-way-to-the-model.md.
 */
export class PacedConnections implements Connections {
  readonly #origin: string;
  readonly #idle: Connection[] = [];
  readonly #pacer = new ReadPacer(MAX_REST_MS);
  /** Of TLS, so that further connections begin with half of the work. */
  #session: Buffer | undefined;

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
      const paced = new PacedSocket(this.#pacer, connection);
      const connect = buildConnector({
        ...CONNECT_OPTIONS,
        onread: paced.onread,
        ...(this.#session && { session: this.#session }),
      });
      connect(options, (...[error, socket]) => {
        if (error) {
          callback(error, null);
          return;
        }
        socket.on('session', (session: Buffer) => {
          this.#session = session;
        });
        connection.socket = paced.attach(socket);
        // All that is asked of it is what streams do.
        callback(null, paced as unknown as Socket);
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
    this.client = new Client(origin, { ...CLIENT_OPTIONS, connect });
  }

  get mayRest(): boolean {
    return this.#handler?.mayRest ?? true;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: ConnectionHandler): boolean {
    this.#handler = handler;
    // It may rest from the last pieces of the response before.
    this.socket?.wake();
    return this.client.dispatch(options, handler);
  }
}
