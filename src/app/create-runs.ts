import type { Config } from '../config.ts';
import type { createChannelReader } from '../discord/channels/channel-reader.ts';
import { createMissedChanges } from '../discord/catch-up/missed-changes.ts';
import { createQuoteChain } from '../discord/channels/quote-chain.ts';
import { toAnswerButtons } from '../discord/controls/answer-buttons.ts';
import type { Gateway } from '../discord/gateway/client.ts';
import type { OutgoingBudget } from '../discord/outgoing/outgoing-budget.ts';
import type { Reactions } from '../discord/reply/reactions.ts';
import type { ChannelDoors } from '../discord/reply/channel-doors.ts';
import { createReplyFactory } from '../discord/reply/reply.ts';
import { toPrompt, toQuestion } from '../prompt/prompt.ts';
import type { ConversationMemory, FactMemory } from '../memory/ports.ts';
import type { Model } from '../model/ports.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createAnswers } from '../runs/answers.ts';
import type { DailyQuota } from '../runs/daily-quota.ts';
import type { RunObserver } from '../runs/ports.ts';
import type { Gaps } from '../runs/gaps.ts';
import type { Overload } from '../runs/overload.ts';
import { RunService } from '../runs/run-service.ts';
import { createRunStore } from '../runs/run-store.ts';
import type { Storage } from '../storage/ports.ts';
import type { Tool } from '../tools/tool.ts';
import { createAttachments } from './create-attachments.ts';

export interface RunParts {
  readonly gateway: Gateway;
  readonly budget: OutgoingBudget;
  readonly storage: Storage;
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly conversations: ConversationMemory;
  readonly facts: FactMemory;
  readonly channels: ReturnType<typeof createChannelReader>;
  readonly reactions: Reactions;
  readonly doors: ChannelDoors;
  readonly overload: Overload;
  readonly quota: DailyQuota | undefined;
  readonly gaps: Gaps;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** From a question that was taken to its answer in the channel: lanes, agent, reply, and what is kept of them. */
export function createRuns(config: Config, parts: RunParts): RunService {
  const { gateway, budget, storage, model, tools, conversations, facts, channels, log } = parts;
  const { directory } = gateway;
  const answers = createAnswers({
    store: storage.namespace('answers'),
    messages: storage.namespace('answer-messages'),
    log,
  });
  const replies = createReplyFactory({
    budget,
    applicationId: () => gateway.applicationId(),
    botUserId: () => gateway.botUser().id,
    controls: toAnswerButtons,
    loopDelayMs: () => parts.overload.loopDelayMs(),
    now: gateway.now,
    doors: parts.doors,
    reactions: parts.reactions,
    ownerOf: async (messageId) => (await answers.ownerOf(messageId))?.runId,
    log,
  });
  return new RunService({
    agent: { model, tools, limits: config.agent },
    services: { facts, channels, now: Date.now, random: Math.random },
    conversations,
    toPrompt: (run, memory, files) =>
      toPrompt({ run, ...memory, files, botName: gateway.botUser().name, now: Date.now() }),
    toQuestion,
    readAttachments: createAttachments(config, { budget, storage, log }),
    now: gateway.now,
    completeQuotes: createQuoteChain({
      rest: budget,
      directory,
      botUserId: () => gateway.botUser().id,
      log,
    }),
    observer: toObserver(parts.metrics),
    log,
    limits: config.runs,
    overload: parts.overload,
    doors: parts.doors,
    quota: parts.quota,
    store: createRunStore({ table: storage.runs, gaps: parts.gaps, log }),
    answers,
    missedChanges: createMissedChanges({ rest: budget, directory, botUserId: () => gateway.botUser().id }),
    replies,
  });
}

function toObserver(metrics: Metrics): RunObserver {
  return {
    firstText: metrics.recordFirstText,
    toolCall: ({ name, isError, durationMs }) => {
      metrics.recordTool(name, isError ? 'error' : 'ok', durationMs);
    },
    ended: ({ kind }, agent, ms) => {
      metrics.recordRun(kind, ms);
      if (agent) metrics.recordTokens(agent.usage);
    },
    refused: () => {
      metrics.recordRun('refused');
    },
  };
}
