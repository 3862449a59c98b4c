import { buildConnector, Pool } from 'undici';
import { ReadPacer } from './read-pacer.ts';

/** Before a connection counts as impossible, ms. */
const CONNECT_TIMEOUT_MS = 10_000;
/** What a token may be late where there are many streams; Discord shows a change a second. */
const MAX_REST_MS = 50;

/**
 * Connections to one server, made as they are needed and kept for a while. How many calls there are at once is
 * decided above, and so is how long an answer may take.
 */
export function createConnectionPool(origin: string): Pool {
  // One stream for each connection (no HTTP/2): a lost packet holds up one answer, not all.
  const open = buildConnector({ allowH2: false, timeout: CONNECT_TIMEOUT_MS });
  const pacer = new ReadPacer(MAX_REST_MS);
  return new Pool(origin, {
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect(options, callback) {
      open(options, (...result) => {
        const [, socket] = result;
        if (socket) pacer.pace(socket);
        callback(...result);
      });
    },
  });
}
