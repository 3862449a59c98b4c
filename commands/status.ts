import { ApplicationCommandType } from 'discord.js';
import type { BotStatus, Command } from '../src/discord/commands/command.ts';
import type { RunSummary } from '../src/runs/ports.ts';
import { everywhere } from './contexts.ts';

/** How busy the bot is, where one's own questions stand, and whether everything works. */
export const status: Command = {
  definition: {
    ...everywhere,
    type: ApplicationCommandType.ChatInput,
    name: 'status',
    description: 'How I am, and where your questions stand',
  },
  action: () => 'status',
  isEphemeral: () => true,
  async execute({ user }, context, signal) {
    const bot = await context.status(signal);
    const runs = context.runs.list();
    const own = runs.filter(({ userId }) => userId === user.id);
    return { kind: 'text', text: [describeRuns(runs), describeOwn(own), ...describeBot(bot)].join('\n') };
  },
};

function describeRuns(runs: readonly RunSummary[]): string {
  const active = runs.filter(({ state }) => state === 'active').length;
  return `**Answers**: ${active} under way, ${runs.length - active} waiting`;
}

function describeOwn(own: readonly RunSummary[]): string {
  const waiting = own.filter(({ state }) => state === 'waiting').map(({ position }) => position);
  const active = own.length - waiting.length;
  if (waiting.length === 0) return `**Yours**: ${active} under way`;
  return `**Yours**: ${active} under way, ${waiting.length} waiting; the next is number ${Math.min(...waiting)} in the queue`;
}

function describeBot({ version, uptimeMs, isConnected, pingMs, isStoreAvailable }: BotStatus): string[] {
  const ping = pingMs === null ? 'not measured yet' : `${Math.round(pingMs)} ms`;
  return [
    `**Discord**: ${isConnected ? 'connected' : 'connection lost'}, ping ${ping}`,
    `**Memory**: ${isStoreAvailable ? 'available' : 'out of reach; I answer without it'}`,
    `**Version**: ${version}, up for ${toDuration(uptimeMs)}`,
  ];
}

function toDuration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
