import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { SimulatedDiscord, SimulatorEvent } from '../discord/types.ts';
import { act, actionSchema } from './actions.ts';
import { createCrowdControl, crowdRequestSchema } from './crowd-control.ts';
import { toSnapshot } from './snapshot.ts';

const STATS_INTERVAL_MS = 500;
const BATCH_MS = 16;
/** A page that takes no more than this in is gone or asleep; it gets a new snapshot when it comes back. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

const requestSchema = z.strictObject({
  /** Comes back with the result. */
  requestId: z.number().int(),
  action: z.union([actionSchema, crowdRequestSchema]),
});

export interface PageSessionsOptions {
  readonly discord: SimulatedDiscord;
  readonly modelLabel: string;
  readonly crowdTokens?: number;
}

/** The open pages: each gets a snapshot, then every event in order, and the results of what it asks for. */
export function createPageSessions({ discord, modelLabel, crowdTokens }: PageSessionsOptions) {
  const clients = new Set<WebSocket>();
  let waiting: SimulatorEvent[] = [];
  let batchTimer: NodeJS.Timeout | undefined;

  const send = (client: WebSocket, message: object): void => {
    if (client.bufferedAmount > MAX_BUFFERED_BYTES) client.terminate();
    else client.send(JSON.stringify(message));
  };
  const broadcast = (message: object): void => {
    for (const client of clients) send(client, message);
  };
  const flush = (): void => {
    clearTimeout(batchTimer);
    batchTimer = undefined;
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    broadcast({ type: 'events', events });
  };
  const crowd = createCrowdControl({
    discord,
    ...(crowdTokens === undefined ? {} : { tokens: crowdTokens }),
    onCounts: (counts) => {
      broadcast({ type: 'crowd', ...counts });
    },
  });
  const stopObserving = discord.observe((event) => {
    // Requests are shown as counts.
    if (event.type === 'rest' || clients.size === 0) return;
    waiting.push(event);
    batchTimer ??= setTimeout(flush, BATCH_MS);
  });
  const statsTimer = setInterval(() => {
    const { requests, byStatus } = discord.stats;
    broadcast({ type: 'stats', requests, rateLimited: byStatus[429] ?? 0 });
  }, STATS_INTERVAL_MS);
  statsTimer.unref();

  const handle = async (client: WebSocket, text: string): Promise<void> => {
    const { requestId, action } = requestSchema.parse(JSON.parse(text));
    try {
      const value =
        action.type === 'crowd' ? await crowd.ask(action.guildId, action.people) : await act(discord, action);
      // What the action made happen reaches the page before its result does.
      flush();
      send(client, { type: 'result', requestId, ok: true, value });
    } catch (error) {
      send(client, { type: 'result', requestId, ok: false, error: toSentence(error) });
    }
  };

  return {
    open(client: WebSocket): void {
      flush();
      send(client, toSnapshot(discord, modelLabel));
      clients.add(client);
      client.on('close', () => clients.delete(client));
      client.on('error', () => {
        client.terminate();
      });
      client.on('message', (data) => {
        handle(client, (data as Buffer).toString()).catch(() => {
          // Not a request of the page: its other requests would go nowhere either.
          client.close(1007, 'That is no request of the page.');
        });
      });
    },
    stop(): void {
      crowd.stop();
      stopObserving();
      clearInterval(statsTimer);
      clearTimeout(batchTimer);
    },
  };
}

function toSentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
