import { z } from 'zod';
import { askCrowd } from '../crowd/ask-crowd.ts';
import type { LedgerCounts } from '../crowd/ledger.ts';
import type { SimulatedDiscord } from '../discord/types.ts';

const PEOPLE_PER_CHANNEL = 10;
const MAX_CHANNELS = 10;

export const crowdRequestSchema = z.strictObject({
  type: z.literal('crowd'),
  guildId: z.string(),
  people: z.number().int().min(1).max(500),
});

export interface CrowdControlOptions {
  readonly discord: SimulatedDiscord;
  /** Of each answer, where the scripted model answers; absent where a real one does, whose answer nobody knows. */
  readonly tokens?: number;
  readonly onCounts: (counts: LedgerCounts & { readonly running: boolean }) => void;
}

/** The page's crowd: its people and channels are made when first needed, and asked again after that. */
export function createCrowdControl({ discord, tokens, onCounts }: CrowdControlOptions) {
  const userIds: string[] = [];
  const channelIds: string[] = [];
  const stopped = new AbortController();
  let isRunning = false;

  const makeRoom = (guildId: string, people: number): void => {
    while (userIds.length < people) {
      const user = discord.people.addUser({ name: `Guest ${userIds.length + 1}` });
      discord.people.join(guildId, user.id);
      userIds.push(user.id);
    }
    const channels = Math.min(MAX_CHANNELS, Math.ceil(people / PEOPLE_PER_CHANNEL));
    while (channelIds.length < channels) {
      const name = `crowd-${channelIds.length + 1}`;
      channelIds.push(discord.people.addChannel(guildId, { name }).id);
    }
  };

  return {
    /** Throws a plain sentence while another crowd is asking. Resolves when all are answered. */
    async ask(guildId: string, people: number): Promise<LedgerCounts> {
      if (isRunning) throw new Error('A crowd is asking already: wait until it has its answers.');
      isRunning = true;
      let counts: LedgerCounts = { asked: 0, begun: 0, completed: 0 };
      try {
        makeRoom(guildId, people);
        await askCrowd({
          discord,
          userIds: userIds.slice(0, people),
          channelIds: channelIds.slice(0, Math.ceil(people / PEOPLE_PER_CHANNEL)),
          questionsPerPerson: 1,
          tokens,
          timeoutMs: 600_000,
          settleMs: 0,
          signal: stopped.signal,
          onProgress: (latest) => {
            counts = latest;
            onCounts({ ...counts, running: true });
          },
        });
        return counts;
      } finally {
        isRunning = false;
        onCounts({ ...counts, running: false });
      }
    },
    stop(): void {
      stopped.abort();
    },
  };
}
