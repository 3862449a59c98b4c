import type { APIUser } from 'discord-api-types/v10';
import type { Bus } from './bus.ts';
import type { FileStore } from './files/file-store.ts';
import type { CommandStore } from './interactions/command-store.ts';
import type { InteractionStore } from './interactions/interaction-store.ts';
import type { World } from './world/world.ts';

export interface Settings {
  readonly token: string;
  readonly applicationId: string;
  readonly messageContentIntent: boolean;
  readonly guildMembersIntent: boolean;
  readonly rateLimits: 'strict' | 'off';
  readonly globalRequestsPerSecond: number;
  readonly restLatencyMs: number;
  readonly heartbeatIntervalMs: number;
  readonly shards: number;
  /** An interaction must be acknowledged within it. */
  readonly interactionWindowMs: number;
  /** Its token answers so long. */
  readonly interactionTokenMs: number;
  /** A session can be resumed so long after its socket went. */
  readonly sessionLifetimeMs: number;
  /** Edits of a message older than this have their own cap. */
  readonly oldMessageAgeMs: number;
}

/** What every action and route works on. */
export interface Core {
  readonly settings: Settings;
  readonly bot: APIUser;
  readonly world: World;
  readonly bus: Bus;
  readonly files: FileStore;
  readonly commands: CommandStore;
  readonly interactions: InteractionStore;
}
