import { Pool } from 'undici';

/** Before a connection counts as impossible, ms. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connections to one server, made as they are needed and kept for a while. How many calls there are at once is
 * decided above, and so is how long an answer may take.
 */
export function createConnectionPool(origin: string): Pool {
  return new Pool(origin, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    // One stream for each connection: a lost packet holds up one answer, not all.
    allowH2: false,
  });
}
