import {
  GatewayDispatchEvents,
  type APIInteraction,
  type Client,
  type GatewayMessageDeleteBulkDispatchData,
  type GatewayMessageDeleteDispatchData,
} from 'discord.js';
import type { IncomingMessage } from '../../intake/incoming.ts';
import type { Log } from '../../observability/log.ts';
import { watchAccessChanges, type AccessChange } from './access-changes.ts';
import type { Directory } from './directory.ts';
import { watchSessions, type NewSession } from './sessions.ts';
import { toIncomingMessage, type GatewayMessage } from './to-incoming-message.ts';

/** Each is called synchronously and must return at once; what it throws is logged. */
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
  readonly log: Log;
  /** Ends it: a socket may speak on for a moment after it was closed. */
  readonly signal: AbortSignal;
}

/**
 * Takes the dispatches as Discord sends them, before discord.js makes objects of them: nothing depends on what is
 * in a cache, quoted messages come along, and plain data is what the rest of the line wants.
 */
export function forwardDispatches(client: Client, directory: Directory, options: DispatchOptions): void {
  const { handlers, log, signal } = options;
  const guard = (event: GatewayDispatchEvents, handle: () => void): void => {
    if (signal.aborted) return;
    try {
      handle();
    } catch (error) {
      log.error({ err: error, event }, 'a gateway event could not be handled');
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
      forwardMessage(data, handlers.onMessage);
    });
  });
  ws.on(GatewayDispatchEvents.MessageUpdate, (data: GatewayMessage) => {
    // Link previews and pins arrive as updates too, without a time of edit.
    if (!data.edited_timestamp) return;
    guard(GatewayDispatchEvents.MessageUpdate, () => {
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
      handlers.onInteraction(data);
    });
  });
}
