import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const BACKLOG = 4_096;

/** Listens for this machine alone; 0 picks a port. Resolves with the port. */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', BACKLOG, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Ends the server and every connection to it. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
