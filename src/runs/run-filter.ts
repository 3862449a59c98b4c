import type { RunFilter, RunSummary } from './ports.ts';
import type { Run } from './run.ts';

export function matchesFilter(run: Run, filter: RunFilter): boolean {
  return (
    (filter.runId === undefined || run.id === filter.runId) &&
    (filter.userId === undefined || run.requester.id === filter.userId) &&
    (filter.channelId === undefined || run.channelId === filter.channelId) &&
    (filter.guildId === undefined || run.guildId === filter.guildId) &&
    (filter.conversationId === undefined || run.conversationId === filter.conversationId)
  );
}

/** The runs of the same person in the same conversation. */
export function toSameTalk({ conversationId, requester }: Run): RunFilter {
  return { conversationId, userId: requester.id };
}

/** `position`: undefined for a run that is at work. */
export function toSummary(run: Run, position: number | undefined): RunSummary {
  return {
    id: run.id,
    state: position === undefined ? 'active' : 'waiting',
    userId: run.requester.id,
    channelId: run.channelId,
    conversationId: run.conversationId,
    position: position ?? 0,
    since: run.createdAt,
  };
}
