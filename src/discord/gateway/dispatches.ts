import {
  GatewayDispatchEvents,
  type APIInteraction,
  type Client,
  type GatewayMessageDeleteBulkDispatchData,
  type GatewayMessageDeleteDispatchData,
} from 'discord.js';
import type { IncomingMessage } from '../../intake/incoming.ts';
import { watchAccessChanges, type AccessChange } from './access-changes.ts';
import type { Directory } from './directory.ts';
import type { DiscordClock } from './discord-clock.ts';
import type { DropEvent } from './dropped-events.ts';
import { watchSessions, type NewSession } from './sessions.ts';
import { toIncomingMessage, type GatewayMessage } from './to-incoming-message.ts';

/** Each is called synchronously and must return at once; what it throws is logged, and the event dropped. */
export interface GatewayHandlers {
  readonly onMessage: (message: IncomingMessage) => void;
  /** A person changed the text of a message. */
  readonly onMessageUpdate?: (message: IncomingMessage) => void;
  readonly onMessageDelete?: (messageId: string, channelId: string) => void;
  readonly onInteraction: (interaction: APIInteraction) => void;
  readonly onAccessChange?: (change: AccessChange) => void;
  /** A session began that did not resume an earlier one. */
  readonly onSession?: (session: NewSession) => void;
}

export interface DispatchOptions {
  readonly handlers: GatewayHandlers;
  readonly drop: DropEvent;
  readonly clock: Pick<DiscordClock, 'observeId'>;
  /** Ends it: a socket may speak on for a moment after it was closed. */
  readonly signal: AbortSignal;
}

/**
 * Takes the dispatches as Discord sends them, before discord.js makes objects of them: nothing depends on what is
 * in a cache, quoted messages come along, and plain data is what the rest of the line wants.
 */
export function forwardDispatches(client: Client, directory: Directory, options: DispatchOptions): void {
  const { handlers, drop, clock, signal } = options;
  const guard = (event: GatewayDispatchEvents, handle: () => void): void => {
    if (signal.aborted) return;
    try {
      handle();
    } catch (error) {
      drop(event, error);
    }
  };
  const forwardMessage = (data: GatewayMessage, handle: GatewayHandlers['onMessage'] | undefined): void => {
    const message = client.user && toIncomingMessage(data, { botUserId: client.user.id, directory });
    if (message) handle?.(message);
  };
  watchSessions(client, directory, (session) => {
    guard(GatewayDispatchEvents.Ready, () => handlers.onSession?.(session));
  });
  watchAccessChanges(client, guard, (change) => handlers.onAccessChange?.(change));
  const { ws } = client;
  ws.on(GatewayDispatchEvents.MessageCreate, (data: GatewayMessage) => {
    guard(GatewayDispatchEvents.MessageCreate, () => {
      assertIds(data);
      clock.observeId(data.id);
      forwardMessage(data, handlers.onMessage);
    });
  });
  ws.on(GatewayDispatchEvents.MessageUpdate, (data: GatewayMessage) => {
    guard(GatewayDispatchEvents.MessageUpdate, () => {
      // Link previews and pins arrive as updates too, without a time of edit.
      if (!data.edited_timestamp) return;
      assertIds(data);
      forwardMessage(data, handlers.onMessageUpdate);
    });
  });
  ws.on(GatewayDispatchEvents.MessageDelete, (data: GatewayMessageDeleteDispatchData) => {
    guard(GatewayDispatchEvents.MessageDelete, () => handlers.onMessageDelete?.(data.id, data.channel_id));
  });
  ws.on(GatewayDispatchEvents.MessageDeleteBulk, (data: GatewayMessageDeleteBulkDispatchData) => {
    guard(GatewayDispatchEvents.MessageDeleteBulk, () => {
      for (const id of data.ids) handlers.onMessageDelete?.(id, data.channel_id);
    });
  });
  ws.on(GatewayDispatchEvents.InteractionCreate, (data: APIInteraction) => {
    guard(GatewayDispatchEvents.InteractionCreate, () => {
      clock.observeId(data.id);
      handlers.onInteraction(data);
    });
  });
}

/** Cursors are made of these, so that nothing else may ever be taken for one. */
function assertIds({ id, channel_id: channelId, author }: GatewayMessage): void {
  if (![id, channelId, author.id].every(isId)) throw new TypeError('A message without ids');
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && /^\d{1,20}$/.test(value);
}
