import { GatewayDispatchEvents, type Client } from 'discord.js';

/** Something that decides where the bot may speak has changed. */
export interface AccessChange {
  readonly guildId: string | null;
  /** The channel or thread, with what hangs under it; null: anywhere in the guild. */
  readonly channelId: string | null;
}

type Guard = (event: GatewayDispatchEvents, handle: () => void) => void;

/** What is used of the dispatches. */
interface OfChannel {
  readonly id: string;
  readonly guild_id?: string;
}
interface OfGuild {
  readonly guild_id: string;
}
interface OfMember extends OfGuild {
  readonly user: { readonly id: string };
}

/** Tells of changes of channels, threads, roles, of the bot's own roles, and of guilds that are back. */
export function watchAccessChanges(
  client: Client,
  guard: Guard,
  onChange: (change: AccessChange) => void,
): void {
  const { ws } = client;
  const tell = (event: GatewayDispatchEvents, toChange: () => AccessChange | undefined): void => {
    guard(event, () => {
      const change = toChange();
      if (change) onChange(change);
    });
  };
  for (const event of [
    GatewayDispatchEvents.ChannelUpdate,
    GatewayDispatchEvents.ThreadUpdate,
    GatewayDispatchEvents.ThreadMembersUpdate,
  ]) {
    ws.on(event, ({ id, guild_id: guildId }: OfChannel) => {
      tell(event, () => ({ guildId: guildId ?? null, channelId: id }));
    });
  }
  for (const event of [GatewayDispatchEvents.GuildRoleUpdate, GatewayDispatchEvents.GuildRoleDelete]) {
    ws.on(event, ({ guild_id: guildId }: OfGuild) => {
      tell(event, () => ({ guildId, channelId: null }));
    });
  }
  ws.on(GatewayDispatchEvents.GuildMemberUpdate, ({ guild_id: guildId, user }: OfMember) => {
    tell(GatewayDispatchEvents.GuildMemberUpdate, () =>
      user.id === client.user?.id ? { guildId, channelId: null } : undefined,
    );
  });
  ws.on(GatewayDispatchEvents.GuildCreate, ({ id }: { readonly id: string }) => {
    tell(GatewayDispatchEvents.GuildCreate, () => ({ guildId: id, channelId: null }));
  });
}
