import {
  GatewayIntentBits,
  Options,
  type ClientOptions,
  type RESTOptions,
  type WebSocketOptions,
} from 'discord.js';

export interface GatewayClientOptions {
  /** Without the version, as discord.js's `rest.api`. */
  readonly apiUrl: string;
  readonly messageContent: boolean;
  readonly rest: Partial<RESTOptions>;
}

/** What the gateway may tell us: mentions, replies and DMs come with their text even without MessageContent. */
function toIntents(messageContent: boolean): GatewayIntentBits[] {
  const intents = [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.DirectMessages,
  ];
  return messageContent ? [...intents, GatewayIntentBits.MessageContent] : intents;
}

export interface Sharding {
  /** Called once, when the client logs in. */
  readonly buildStrategy: NonNullable<WebSocketOptions['buildStrategy']>;
  readonly throttler: Awaited<ReturnType<NonNullable<WebSocketOptions['buildIdentifyThrottler']>>>;
}

/**
 * Guilds, channels and roles are kept, since permissions are computed from them; of people only the bot itself;
 * messages not at all, because dispatches are taken as they come. Threads leave when they are archived.
 */
export function toClientOptions(
  { apiUrl, messageContent, rest }: GatewayClientOptions,
  { buildStrategy, throttler }: Sharding,
): ClientOptions {
  return {
    intents: toIntents(messageContent),
    shards: 'auto',
    ws: { buildStrategy, buildIdentifyThrottler: () => throttler },
    allowedMentions: { parse: [], repliedUser: false },
    rest: { ...rest, api: apiUrl },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      ApplicationCommandManager: 0,
      AutoModerationRuleManager: 0,
      BaseGuildEmojiManager: 0,
      DMMessageManager: 0,
      EntitlementManager: 0,
      GuildBanManager: 0,
      GuildEmojiManager: 0,
      GuildInviteManager: 0,
      GuildMemberManager: { maxSize: 0, keepOverLimit: ({ id, client }) => id === client.user.id },
      GuildMessageManager: 0,
      GuildScheduledEventManager: 0,
      GuildStickerManager: 0,
      MessageManager: 0,
      PresenceManager: 0,
      ReactionManager: 0,
      ReactionUserManager: 0,
      StageInstanceManager: 0,
      ThreadMemberManager: 0,
      UserManager: { maxSize: 0, keepOverLimit: ({ id, client }) => id === client.user.id },
      VoiceStateManager: 0,
    }),
    sweepers: { threads: { interval: 3_600, lifetime: 14_400 } },
  };
}
