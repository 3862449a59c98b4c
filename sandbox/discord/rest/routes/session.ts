import { toBotUser, toApplicationFlags } from '../../gateway/ready.ts';
import { openDirectChannel } from '../../actions/channels.ts';
import { removeMember } from '../../actions/guilds.ts';
import { requireGuild } from '../../actions/access.ts';
import type { Core } from '../../core.ts';
import { toChannel, toGuild, toUser } from '../../world/views.ts';
import { refusals } from '../api-error.ts';
import { param, type Route } from '../router.ts';
import { parseBody } from '../validation.ts';
import { z } from 'zod';

const refreshBody = z.object({ attachment_urls: z.array(z.url()).min(1).max(50) });
const directBody = z.object({ recipient_id: z.string() });

/** The bot itself: gateway, user, application, direct messages. */
export function createSessionRoutes(gateway: {
  readonly url: string;
  readonly remainingIdentifies: number;
}): Route[] {
  return [...createGatewayRoutes(gateway), ...user, ...directMessages, ...application];
}

function createGatewayRoutes(gateway: {
  readonly url: string;
  readonly remainingIdentifies: number;
}): Route[] {
  return [
    { method: 'GET', path: '/gateway', handle: () => ({ body: { url: gateway.url } }) },
    {
      method: 'GET',
      path: '/gateway/bot',
      handle: ({ core }) => ({
        body: {
          url: gateway.url,
          shards: core.settings.shards,
          session_start_limit: {
            total: 1000,
            remaining: gateway.remainingIdentifies,
            reset_after: 86_400_000,
            max_concurrency: 16,
          },
        },
      }),
    },
  ];
}

const user: readonly Route[] = [
  { method: 'GET', path: '/users/@me', handle: ({ core }) => ({ body: toBotUser(core) }) },
  {
    method: 'GET',
    path: '/users/@me/guilds',
    handle: ({ core }) => ({
      body: [...core.world.guilds.values()]
        .filter(({ members }) => members.has(core.bot.id))
        .map((guild) => toGuild(guild)),
    }),
  },
  {
    method: 'DELETE',
    path: '/users/@me/guilds/:guildId',
    handle(request) {
      const { core } = request;
      const guild = requireGuild(core, core.bot.id, param(request, 'guildId'));
      removeMember(core, guild, core.bot.id);
      return {};
    },
  },
  {
    method: 'GET',
    path: '/users/:userId',
    handle(request) {
      const { core } = request;
      const userId = param(request, 'userId');
      if (!core.world.users.has(userId)) throw refusals.unknownUser();
      return { body: toUser(core.world, userId) };
    },
  },
];

const directMessages: readonly Route[] = [
  {
    method: 'POST',
    path: '/users/@me/channels',
    handle({ core, body }) {
      const { recipient_id } = parseBody(directBody, body);
      const recipient = core.world.users.get(recipient_id);
      if (recipient === undefined) throw refusals.unknownUser();
      if (recipient.bot === true) throw refusals.cannotMessageUser();
      return { body: toChannel(core.world, openDirectChannel(core, recipient_id), core.bot.id) };
    },
  },
];

const application: readonly Route[] = [
  { method: 'GET', path: '/applications/@me', handle: ({ core }) => ({ body: toApplication(core) }) },
  {
    method: 'GET',
    path: '/oauth2/applications/@me',
    handle: ({ core }) => ({ body: toApplication(core) }),
  },
  {
    method: 'POST',
    path: '/attachments/refresh-urls',
    handle({ core, body }) {
      const { attachment_urls } = parseBody(refreshBody, body);
      const refreshed_urls = attachment_urls.map((original) => ({
        original,
        refreshed: core.files.refreshUrl(original),
      }));
      return { body: { refreshed_urls } };
    },
  },
];

function toApplication(core: Core): object {
  return {
    id: core.settings.applicationId,
    name: core.bot.username,
    icon: null,
    description: '',
    summary: '',
    bot: core.bot,
    bot_public: true,
    bot_require_code_grant: false,
    owner: core.bot,
    team: null,
    verify_key: '0'.repeat(64),
    flags: toApplicationFlags(core),
    tags: [],
    hook: true,
    type: null,
    approximate_guild_count: core.world.guilds.size,
    integration_types_config: { '0': {}, '1': {} },
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    redirect_uris: [],
  };
}
