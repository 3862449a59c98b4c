import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PacedSocket, ReadPacer, type PacedStream } from '../../src/model/paced-socket.ts';

let server: Server;
let peers: Socket[];

beforeEach(async () => {
  peers = [];
  server = createServer({ noDelay: true }, (socket) => peers.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const peer of peers) peer.destroy();
  server.close();
});

function read(socket: PacedSocket): Buffer | null {
  return socket.read() as Buffer | null;
}

/** Nobody waits for what is read. */
const unhurried = { mayRest: true };

async function connectPaced(pacer: ReadPacer, stream: PacedStream) {
  const paced = new PacedSocket(pacer, stream);
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', onread: paced.onread });
  await once(socket, 'connect');
  return { paced: paced.attach(socket), localPort: socket.localPort };
}

/** Sockets in one pace, with the pieces that each was given. */
async function open(pacer: ReadPacer, count: number, stream: PacedStream = unhurried) {
  const opened = Array.from({ length: count }, async () => {
    const { paced, localPort } = await connectPaced(pacer, stream);
    const pieces: string[] = [];
    paced.on('readable', () => {
      for (let piece = read(paced); piece !== null; piece = read(paced)) pieces.push(piece.toString());
    });
    return {
      socket: paced,
      pieces,
      peer: () => peers.find(({ remotePort }) => remotePort === localPort),
    };
  });
  const sockets = await Promise.all(opened);
  while (peers.length < count) await sleep(1);
  return sockets;
}

async function trickle(peer: Socket | undefined, pieces: number): Promise<void> {
  for (let piece = 0; piece < pieces; piece += 1) {
    peer?.write(`${String(piece)},`);
    await sleep(5);
  }
}

const numbers = Array.from({ length: 30 }, (_, index) => `${String(index)},`).join('');

test('of many sockets what comes in small pieces is read in few, whole and in order', async () => {
  const [first] = await open(new ReadPacer(50), 100);
  await trickle(first?.peer(), 30);
  await expect.poll(() => first?.pieces.join('')).toBe(numbers);
  expect(first?.pieces.length).toBeLessThan(12);
});

test('of a single socket pieces are read as they come', async () => {
  const [only] = await open(new ReadPacer(50), 1);
  await trickle(peers[0], 30);
  await expect.poll(() => only?.pieces.join('')).toBe(numbers);
  expect(only?.pieces.length).toBeGreaterThan(20);
});

describe('with a clock of the test', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** By the real clock: polling as elsewhere would move that of the test. */
  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await sleep(1);
  }

  /** Long enough for a packet to arrive where it is read. */
  const A_WHILE_MS = 30;

  test('before its first words a stream of few does not rest at all; afterwards it does, until it is woken', async () => {
    const stream = { mayRest: false };
    const [first] = await open(new ReadPacer(50), 4, stream);
    for (const piece of ['one,', 'two,']) {
      first?.peer()?.write(piece);
      await until(() => first?.pieces.at(-1) === piece);
    }
    stream.mayRest = true;
    first?.peer()?.write('three,');
    await until(() => first?.pieces.at(-1) === 'three,');
    first?.peer()?.write('four,');
    await sleep(A_WHILE_MS);
    expect(first?.pieces.at(-1)).toBe('three,');
    first?.socket.wake();
    await until(() => first?.pieces.at(-1) === 'four,');
  });

  test('before its first words a stream of many rests for 0.15 of what it does afterwards', async () => {
    for (const [mayRest, restMs] of [
      [false, 6],
      [true, 40],
    ] as const) {
      const [first, ...others] = await open(new ReadPacer(50), 40, { mayRest });
      first?.peer()?.write('one,');
      await until(() => first?.pieces.length === 1);
      first?.peer()?.write('two,');
      vi.advanceTimersByTime(restMs - 1);
      await sleep(A_WHILE_MS);
      expect(first?.pieces).toEqual(['one,']);
      vi.advanceTimersByTime(1);
      await until(() => first?.pieces.length === 2);
      for (const { socket } of [...(first ? [first] : []), ...others]) socket.destroy();
      peers = [];
    }
  });

  test('no turn of the event loop wakes more than 64', async () => {
    const sockets = await open(new ReadPacer(50), 150);
    for (const { peer } of sockets) peer()?.write('one,');
    await until(() => sockets.every(({ pieces }) => pieces.length === 1));
    for (const { peer } of sockets) peer()?.write('two,');
    await sleep(A_WHILE_MS);
    const seen: number[] = [];
    const count = (): number => sockets.filter(({ pieces }) => pieces.length === 2).length;
    vi.advanceTimersByTime(50);
    while ((seen.at(-1) ?? 0) < sockets.length && seen.length < 1_000) {
      await nextTurn();
      seen.push(count());
    }
    expect(seen.at(-1)).toBe(sockets.length);
    expect(Math.max(...seen.map((each, turn) => each - (seen[turn - 1] ?? 0)))).toBeLessThanOrEqual(64);
  });
});

test('much at once is read without pauses', async () => {
  const [first] = await open(new ReadPacer(60_000), 100);
  first?.peer()?.write('x'.repeat(1_000_000));
  await expect.poll(() => first?.pieces.join('').length).toBeGreaterThan(900_000);
});

test('the end of a stream and a reset are noticed in their time', async () => {
  const [ended, reset] = await open(new ReadPacer(50), 100);
  const ends = Promise.all([
    once(ended?.socket as PacedSocket, 'end'),
    once(reset?.socket as PacedSocket, 'error').catch(() => undefined),
  ]);
  ended?.peer()?.end('bye');
  reset?.peer()?.write('bye');
  await sleep(5);
  reset?.peer()?.resetAndDestroy();
  await ends;
  expect(ended?.pieces.join('')).toBe('bye');
});

test('a reader that stops asking is not read for', async () => {
  const { paced } = await connectPaced(new ReadPacer(1), unhurried);
  paced.pause();
  paced.read(0);
  await expect.poll(() => peers.length).toBe(1);
  const peer = peers[0] as Socket;
  for (let piece = 0; piece < 200; piece += 1) peer.write('x'.repeat(15_000));
  await sleep(100);
  expect(paced.readableLength).toBeLessThan(200_000);
  paced.destroy();
});
