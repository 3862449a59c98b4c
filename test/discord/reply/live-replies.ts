import { afterEach } from 'vitest';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import type { SimulatedDiscord, SimulatorOptions } from '../../../sandbox/discord/types.ts';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import type { OutgoingBudget } from '../../../src/discord/outgoing/ports.ts';
import { createDiscordRest } from '../../../src/discord/outgoing/rest.ts';
import type { RestResponse } from '../../../src/discord/outgoing/rest.ts';
import { createReplyFactory } from '../../../src/discord/reply/reply.ts';
import { createLog } from '../../../src/observability/log.ts';
import type { ReplyFactory } from '../../../src/runs/ports.ts';
import type { Run } from '../../../src/runs/run.ts';
import { replySurroundings } from './reply-surroundings.ts';

/** Replies over a real REST client, on a local Discord as strict as the real one. */
export interface Bot {
  readonly discord: SimulatedDiscord;
  readonly budget: OutgoingBudget;
  readonly replies: ReplyFactory;
  readonly responses: RestResponse[];
  readonly userId: string;
  readonly channels: readonly string[];
}

const open: Bot[] = [];

afterEach(async () => {
  for (const { budget, discord } of open.splice(0)) {
    budget.close();
    await discord.stop();
  }
});

export async function startBot(
  options: SimulatorOptions & { channels?: number; timeoutMs?: number; now?: () => number } = {},
): Promise<Bot> {
  const discord = await startDiscord({ rateLimits: 'strict', ...options });
  const user = discord.people.addUser({ name: 'Ann' });
  const guild = discord.people.addGuild({ name: 'Guild', ownerId: user.id, withBot: true });
  const channels = Array.from({ length: options.channels ?? 1 }, (_, i) => {
    return discord.people.addChannel(guild.id, { name: `channel-${i}` }).id;
  });
  const responses: RestResponse[] = [];
  const rest = createDiscordRest({
    token: discord.token,
    apiUrl: discord.apiUrl,
    timeoutMs: options.timeoutMs ?? 3000,
    onResponse: (response) => responses.push(response),
  });
  const budget = createOutgoingBudget({
    sender: rest,
    requestsPerSecond: options.globalRequestsPerSecond ?? 50,
  });
  const replies = createReplyFactory({
    ...replySurroundings(),
    budget,
    applicationId: () => discord.applicationId,
    botUserId: () => discord.botUserId,
    ...(options.now && { now: options.now }),
    log: createLog({ level: 'silent', secrets: [] }),
    timings: { firstTextDelayMs: 60, editIntervalMs: 100 },
  });
  const bot = { discord, budget, replies, responses, userId: user.id, channels };
  open.push(bot);
  return bot;
}

/** Somebody asks in that channel. */
export function ask({ discord, userId, channels }: Bot, channel = 0): Run {
  const channelId = channels[channel] ?? '';
  const { id } = discord.people.say(userId, channelId, `<@${discord.botUserId}> hello`);
  return {
    version: 1,
    id,
    createdAt: Date.now(),
    conversationId: id,
    audience: { kind: 'private', userId },
    guildId: null,
    channelId,
    requester: { id: userId, name: 'Ann' },
    origin: { kind: 'message', messageId: id },
    prompt: { text: 'hello', quotes: [], attachments: [] },
    model: null,
    replaces: null,
  };
}

export function answersIn({ discord }: Bot, channelId: string) {
  return discord.messages(channelId).filter(({ author }) => author.id === discord.botUserId);
}

export const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
