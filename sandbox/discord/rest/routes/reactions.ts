import { addReaction, clearReactions, parseEmoji, removeReaction } from '../../actions/reactions.ts';
import { toUser } from '../../world/views.ts';
import { param, type RestRequest, type Route } from '../router.ts';
import { messageOf } from './messages.ts';

const base = '/channels/:channelId/messages/:messageId/reactions';
/** One every quarter of a second, whatever is done with them. */
const bucket = { name: 'reactions', limit: 1, windowMs: 250 };

function emojiOf(request: RestRequest): string {
  return param(request, 'emoji');
}

export function createReactionRoutes(): Route[] {
  return [
    {
      method: 'PUT',
      path: `${base}/:emoji/@me`,
      bucket,
      handle(request) {
        const { channel, state } = messageOf(request);
        addReaction(request.core, request.core.bot.id, channel, state, emojiOf(request));
        return {};
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:emoji/:userId`,
      bucket,
      handle(request) {
        const { core } = request;
        const { channel, state } = messageOf(request);
        const named = param(request, 'userId');
        const userId = named === '@me' ? core.bot.id : named;
        removeReaction(core, core.bot.id, channel, state, emojiOf(request), userId);
        return {};
      },
    },
    {
      method: 'GET',
      path: `${base}/:emoji`,
      handle(request) {
        const { core } = request;
        const { state } = messageOf(request);
        const { key } = parseEmoji(emojiOf(request));
        const userIds = [...(state.reactions.get(key)?.userIds ?? [])];
        return { body: userIds.slice(0, 100).map((id) => toUser(core.world, id)) };
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:emoji`,
      bucket,
      handle(request) {
        const { channel, state } = messageOf(request);
        clearReactions(request.core, request.core.bot.id, channel, state, emojiOf(request));
        return {};
      },
    },
    {
      method: 'DELETE',
      path: base,
      bucket,
      handle(request) {
        const { channel, state } = messageOf(request);
        clearReactions(request.core, request.core.bot.id, channel, state);
        return {};
      },
    },
  ];
}
