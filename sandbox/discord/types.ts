import type { APIApplicationCommand, APIChannel, APIGuild, APIMessage, APIUser } from 'discord-api-types/v10';

export interface SimulatorOptions {
  /** 0 picks one. */
  readonly port?: number;
  readonly token?: string;
  /** What the developer portal would have switched on; IDENTIFY with a privileged intent beyond closes 4014. */
  readonly messageContentIntent?: boolean;
  /** 'off' answers without buckets or the global limit, for benchmarks. */
  readonly rateLimits?: 'strict' | 'off';
  /** Requests a second over all routes but interactions. */
  readonly globalRequestsPerSecond?: number;
  /** Added to each REST answer, ms. */
  readonly restLatencyMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** Whether the privileged members intent is switched on as well (false). */
  readonly guildMembersIntent?: boolean;
  /** What /gateway/bot recommends (1). */
  readonly shards?: number;
  /** How soon an interaction must be acknowledged (3,000). */
  readonly interactionWindowMs?: number;
  /** How long an interaction's token answers (15 minutes). */
  readonly interactionTokenMs?: number;
  /** How long a session without a socket can be resumed (2 minutes). */
  readonly sessionLifetimeMs?: number;
  /** How long the signed URL of an attachment holds (24 hours). */
  readonly attachmentUrlMs?: number;
  /** From which age on edits of a message have a cap of their own (1 hour). */
  readonly oldMessageAgeMs?: number;
}

/** The local Discord, as the page, the crowd, the tests and the benchmarks drive it: people act, and all is seen. */
export interface SimulatedDiscord {
  /** For DISCORD_API_URL: `http://127.0.0.1:PORT/api`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly applicationId: string;
  readonly botUserId: string;
  readonly people: People;
  readonly faults: Faults;
  readonly stats: RestStats;
  /** What is there now. */
  guilds(): readonly APIGuild[];
  channels(): readonly APIChannel[];
  users(): readonly APIUser[];
  /** Oldest first. */
  messages(channelId: string): readonly APIMessage[];
  message(channelId: string, messageId: string): APIMessage | undefined;
  reactions(messageId: string): readonly { emoji: string; userIds: readonly string[] }[];
  commands(): readonly APIApplicationCommand[];
  /** Everything visible that happens, in order. Returns the function that ends it. */
  observe(observer: (event: SimulatorEvent) => void): () => void;
  /** Resolves with the first event for which `predicate` holds; rejects after `timeoutMs` (5,000). */
  waitFor<T extends SimulatorEvent>(
    predicate: (event: SimulatorEvent) => event is T,
    timeoutMs?: number,
  ): Promise<T>;
  stop(): Promise<void>;
}

/** Acts of people (never of the bot). Each throws with a plain sentence where Discord would refuse it. */
export interface People {
  addUser(options?: { name?: string; bot?: boolean }): APIUser;
  addGuild(options?: {
    name?: string;
    ownerId?: string;
    memberIds?: readonly string[];
    withBot?: boolean;
  }): APIGuild;
  join(guildId: string, userId: string, options?: { roleIds?: readonly string[]; nick?: string }): void;
  /** Leaves or is removed; the bot too. */
  leave(guildId: string, userId: string): void;
  /** `permissions`: a bitfield as Discord writes it, for instance ManageMessages = 1n << 13n. */
  addRole(guildId: string, options: { name: string; permissions: bigint }): { id: string };
  addChannel(
    guildId: string,
    options?: { name?: string; hiddenFromEveryone?: boolean; visibleTo?: readonly string[] },
  ): APIChannel;
  setBotPermissions(channelId: string, options: { allow?: bigint; deny?: bigint }): void;
  startThread(
    userId: string,
    channelId: string,
    options: { name: string; messageId?: string; private?: boolean },
  ): APIChannel;
  archiveThread(threadId: string, options?: { locked?: boolean }): void;
  /** With the bot, or with another person: what they say there the bot does not see. */
  openDm(userId: string, withUserId?: string): APIChannel;
  deleteChannel(channelId: string): void;
  /** Says something. Mention the bot by writing `<@BOT_USER_ID>`. Returns the message as Discord keeps it. */
  say(userId: string, channelId: string, content: string, options?: SayOptions): APIMessage;
  edit(userId: string, messageId: string, content: string): APIMessage;
  deleteMessage(userId: string, messageId: string): void;
  react(userId: string, messageId: string, emoji: string): void;
  /** Runs a slash command; resolves when the app has acknowledged it, rejects after 3 s ("did not respond"). */
  command(
    userId: string,
    channelId: string,
    name: string,
    options?: CommandOptions,
  ): Promise<SimulatedInteraction>;
  /** A user or message context-menu command. */
  contextMenu(
    userId: string,
    channelId: string,
    name: string,
    targetId: string,
  ): Promise<SimulatedInteraction>;
  autocomplete(
    userId: string,
    channelId: string,
    name: string,
    options: CommandOptions & { focused: string },
  ): Promise<readonly { name: string; value: string | number }[]>;
  press(userId: string, messageId: string, customId: string): Promise<SimulatedInteraction>;
  select(
    userId: string,
    messageId: string,
    customId: string,
    values: readonly string[],
  ): Promise<SimulatedInteraction>;
  submitModal(
    userId: string,
    interactionId: string,
    values: Readonly<Record<string, string>>,
  ): Promise<SimulatedInteraction>;
}

export interface SayOptions {
  readonly replyTo?: string;
  /** Whether the reply pings its target (default true). */
  readonly pingReply?: boolean;
  readonly attachments?: readonly {
    name: string;
    content: Uint8Array;
    contentType?: string;
    durationSecs?: number;
  }[];
  readonly embeds?: APIMessage['embeds'];
  /** Id of a message to forward (a snapshot without author). */
  readonly forward?: string;
  /** Sent through a webhook of that name instead of by the user. */
  readonly webhookName?: string;
}

export interface CommandOptions {
  readonly subcommand?: string;
  readonly values?: Readonly<Record<string, string | number | boolean>>;
  /** Bytes for an option of type attachment, by option name. */
  readonly attachments?: Readonly<
    Record<string, { name: string; content: Uint8Array; contentType?: string }>
  >;
  /** The command is user-installed and the bot is not in this guild. */
  readonly userInstalled?: boolean;
}

/** One interaction as the person sees it. */
export interface SimulatedInteraction {
  readonly id: string;
  readonly token: string;
  /** `thinking` until an answer is there. */
  state(): 'thinking' | 'answered' | 'modal' | 'updated';
  /** What was shown to the person, oldest first, ephemeral ones included. */
  messages(): readonly APIMessage[];
  modal(): unknown;
  /** Resolves with the first shown (not merely deferred) answer; rejects after `timeoutMs` (5,000). */
  answer(timeoutMs?: number): Promise<APIMessage>;
}

export type SimulatorEvent =
  | { readonly type: 'message-create'; readonly message: APIMessage; readonly at: number }
  | { readonly type: 'message-update'; readonly message: APIMessage; readonly at: number }
  | {
      readonly type: 'message-delete';
      readonly channelId: string;
      readonly messageId: string;
      readonly at: number;
    }
  | {
      readonly type: 'reaction-add' | 'reaction-remove';
      readonly channelId: string;
      readonly messageId: string;
      readonly userId: string;
      readonly emoji: string;
      readonly at: number;
    }
  | { readonly type: 'typing'; readonly channelId: string; readonly userId: string; readonly at: number }
  | { readonly type: 'thread-create'; readonly channel: APIChannel; readonly at: number }
  | { readonly type: 'thread-update'; readonly channel: APIChannel; readonly at: number }
  | { readonly type: 'channel-create'; readonly channel: APIChannel; readonly at: number }
  | { readonly type: 'channel-delete'; readonly channelId: string; readonly at: number }
  | {
      readonly type: 'interaction-response';
      readonly interactionId: string;
      readonly message: APIMessage | null;
      readonly ephemeral: boolean;
      readonly at: number;
    }
  | { readonly type: 'commands'; readonly commands: readonly APIApplicationCommand[]; readonly at: number }
  | {
      readonly type: 'gateway';
      readonly what: 'identify' | 'resume' | 'disconnect' | 'ready';
      readonly at: number;
    }
  | {
      readonly type: 'rest';
      readonly method: string;
      readonly path: string;
      readonly status: number;
      readonly at: number;
    };

export interface RestStats {
  readonly requests: number;
  readonly byStatus: Readonly<Record<number, number>>;
  /** By `METHOD /route/:id`. */
  readonly byRoute: Readonly<Record<string, number>>;
  /** The most requests, interactions aside, that came within any window of one second. */
  readonly peakPerSecond: number;
  /** Answers with 401, 403 or 429 in the last 10 minutes; at 10,000 Discord bans the address. */
  readonly invalidRequests: number;
  reset(): void;
}

/** Faults to inject. Each stays until it is cleared, or for `times` requests. */
export interface Faults {
  /** Answers matching REST requests with a status; with `afterEffect` the change happens and the answer is lost. */
  rest(fault: {
    readonly method?: string;
    readonly path?: RegExp;
    readonly status?: number;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    readonly delayMs?: number;
    /** The connection is closed, or never answered. */
    readonly kind?: 'status' | 'reset' | 'hang';
    readonly afterEffect?: boolean;
    readonly times?: number;
  }): void;
  /** A proxy stands before Discord and answers every REST request itself, until it is taken away (undefined). */
  proxy(answer: { readonly status: number; readonly html: string } | undefined): void;
  dropSockets(code?: number): void;
  /** New sessions and resumes are refused until cleared. */
  refuseResumes(on: boolean): void;
  refuseConnections(on: boolean): void;
  muteHeartbeatAcks(on: boolean): void;
  /** Half-open: the sockets stay and carry nothing any more, in neither direction. */
  freezeSockets(on: boolean): void;
  /** The gateway asks its clients to reconnect and resume (opcode 7). */
  askToReconnect(): void;
  /** Sends every client this text as it is, whatever it says. */
  sendFrame(frame: string): void;
  /** HELLO is never sent. */
  muteHello(on: boolean): void;
  /** Each dispatch of an event of that name is sent this many times. */
  duplicateDispatches(times: number, eventName?: string): void;
  /** Swaps neighbours in the stream of dispatches. */
  reorderDispatches(on: boolean): void;
  clear(): void;
}
