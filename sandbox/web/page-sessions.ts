import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { SimulatedDiscord } from '../discord/types.ts';
import { act, actionSchema } from './actions.ts';
import { createCrowdControl, crowdRequestSchema } from './crowd-control.ts';
import { createEventBatches } from './event-batches.ts';
import { toSnapshot } from './snapshot.ts';

const STATS_INTERVAL_MS = 500;
/** A page that takes no more than this in is gone or asleep; it gets a new snapshot when it comes back. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

const requestSchema = z.strictObject({
  /** Comes back with the result. */
  requestId: z.number().int(),
  action: z.union([actionSchema, crowdRequestSchema]),
});

type Request = z.infer<typeof requestSchema>;

export interface PageSessionsOptions {
  readonly discord: SimulatedDiscord;
  readonly modelLabel: string;
  readonly crowdTokens?: number;
}

/** The open pages: each gets a snapshot, then every event in order, and the results of what it asks for. */
export function createPageSessions({ discord, modelLabel, crowdTokens }: PageSessionsOptions) {
  const clients = new Set<WebSocket>();

  const send = (client: WebSocket, message: object): void => {
    if (client.bufferedAmount > MAX_BUFFERED_BYTES) client.terminate();
    else client.send(JSON.stringify(message));
  };
  const broadcast = (message: object): void => {
    for (const client of clients) send(client, message);
  };
  const batches = createEventBatches((events) => {
    broadcast({ type: 'events', events });
  });
  const crowd = createCrowdControl({
    discord,
    ...(crowdTokens === undefined ? {} : { tokens: crowdTokens }),
    onCounts: (counts) => {
      broadcast({ type: 'crowd', ...counts });
    },
  });
  const stopObserving = discord.observe((event) => {
    // Requests are shown as counts.
    if (event.type !== 'rest' && clients.size > 0) batches.add(event);
  });
  const stopStats = watchStats(discord, broadcast);

  const perform = (action: Request['action']): Promise<unknown> =>
    action.type === 'crowd' ? crowd.ask(action.guildId, action.people) : act(discord, action);

  return {
    open(client: WebSocket): void {
      batches.flush();
      send(client, toSnapshot(discord, modelLabel));
      clients.add(client);
      client.on('close', () => clients.delete(client));
      client.on('error', () => {
        client.terminate();
      });
      client.on('message', (data) => {
        toResult((data as Buffer).toString(), perform).then(
          (result) => {
            // What the act made happen reaches the page before its result does.
            batches.flush();
            send(client, result);
          },
          () => {
            client.close(1007, 'That is no request of the page.');
          },
        );
      });
    },
    stop(): void {
      crowd.stop();
      stopObserving();
      stopStats();
      batches.stop();
    },
  };
}

function watchStats(discord: SimulatedDiscord, broadcast: (message: object) => void): () => void {
  const timer = setInterval(() => {
    const { requests, byStatus } = discord.stats;
    broadcast({ type: 'stats', requests, rateLimited: byStatus[429] ?? 0 });
  }, STATS_INTERVAL_MS);
  return () => {
    clearInterval(timer);
  };
}

/** Rejects for what is no request at all. */
async function toResult(text: string, perform: (action: Request['action']) => Promise<unknown>) {
  const { requestId, action } = requestSchema.parse(JSON.parse(text));
  try {
    return { type: 'result', requestId, ok: true, value: await perform(action) };
  } catch (error) {
    return { type: 'result', requestId, ok: false, error: toSentence(error) };
  }
}

function toSentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
