import type { Core } from '../core.ts';
import { createNonceCache } from './nonce-cache.ts';
import { createOldEditLimit } from './old-edit-limit.ts';
import type { Route } from './router.ts';
import { createChannelRoutes } from './routes/channels.ts';
import { createCommandRoutes } from './routes/commands.ts';
import { createGuildRoutes } from './routes/guilds.ts';
import { createInteractionRoutes } from './routes/interactions.ts';
import { createMessageRoutes } from './routes/messages.ts';
import { createReactionRoutes } from './routes/reactions.ts';
import { createSessionRoutes } from './routes/session.ts';
import { createThreadRoutes } from './routes/threads.ts';

export function createRoutes(
  core: Core,
  gateway: { readonly url: string; readonly remainingIdentifies: number },
): Route[] {
  return [
    ...createSessionRoutes(gateway),
    ...createMessageRoutes(createNonceCache(), createOldEditLimit(core.settings.oldMessageAgeMs)),
    ...createReactionRoutes(),
    ...createChannelRoutes(),
    ...createThreadRoutes(),
    ...createGuildRoutes(),
    ...createCommandRoutes(),
    ...createInteractionRoutes(),
  ];
}
