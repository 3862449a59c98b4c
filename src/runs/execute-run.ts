import type { AgentEvent, AgentOutcome, AgentPorts, AgentStep, ToolResult } from '../agent/ports.ts';
import { runAgent } from '../agent/run-agent.ts';
import type { ChatMessage } from '../memory/chat-message.ts';
import type { Turn } from '../memory/ports.ts';
import type { Log } from '../observability/log.ts';
import { isOutdated } from './answer-window.ts';
import type { OutageNotices } from './outage-notices.ts';
import { addNotice, failureOutcome, RunEdited, RunStopped, RunSuspended, toRunOutcome } from './outcome.ts';
import { createOwnWords, type OwnWords } from './own-words.ts';
import type { Delivery, Doors, Reply, RunOutcome } from './ports.ts';
import { toQuestionsFromStart } from './joined-questions.ts';
import { recall, type RecallPorts, type RunMemory } from './recall.ts';
import { afterClaim, type RunView } from './run-view.ts';
import {
  hasFiles,
  NO_FILES,
  type QuestionView,
  type ReadRunAttachments,
  type RunFiles,
} from './run-attachments.ts';
import type { Run } from './run.ts';
import type { DailyQuota } from './daily-quota.ts';
import type { RunEnding, RunStore } from './run-store.ts';

export interface RunPorts extends RecallPorts {
  readonly agent: AgentPorts;
  /** System prompt, what is remembered, and last the question. */
  readonly toPrompt: (run: Run, memory: RunMemory, files: RunFiles) => readonly ChatMessage[];
  /** The user message of a question that joins a run, or as it is remembered. */
  readonly toQuestion: (run: Run, files: RunFiles, view: QuestionView) => ChatMessage;
  readonly readAttachments: ReadRunAttachments;
  readonly completeQuotes: CompleteQuotes;
  readonly observer: RunObserver;
  /** Discord's time, by which questions are dated, epoch ms; this machine's, when absent. */
  readonly now?: () => number;
  readonly doors?: Doors;
  /** Without it as much may be asked of the model as comes. */
  readonly quota?: Pick<DailyQuota, 'reason' | 'take'>;
}

/**
 * Adds the messages that the quoted ones replied to, back to what the turns hold already. Rejects only with the
 * signal's reason: what cannot be had is left out.
 */
export type CompleteQuotes = (run: Run, turns: readonly Turn[], signal: AbortSignal) => Promise<Run>;

/** Counts what happens to runs. */
export interface RunObserver {
  /** `ms` since the question was asked. */
  firstText(ms: number): void;
  toolCall(result: ToolResult): void;
  ended(outcome: RunOutcome, agent: AgentOutcome | undefined, ms: number): void;
  refused(): void;
}

/** Why a run stopped without an end. */
export type RunPause = 'edited' | 'suspended';

export interface RunControl {
  readonly reply: Reply;
  readonly store: RunStore;
  /**
   * Resolves when the run is durable, with false where it is somebody else's. The model may be asked before that;
   * nothing is shown and no tool acts.
   */
  readonly claim: Promise<boolean>;
  /** What an earlier process finished of this run. */
  readonly finishedSteps: readonly AgentStep[];
  readonly signal: AbortSignal;
  readonly outageNotices: OutageNotices;
  /** Questions that joined this run since it was last asked. */
  readonly takeJoining: () => readonly Run[];
  /** Called as soon as only delivery is left. */
  readonly onAgentEnd: () => void;
  /** Called when delivery has ended, one way or the other. */
  readonly onDelivered: (ending: RunEnding, delivery: Delivery) => void;
}

/**
 * The line of one run: recall → agent → reply → remember. Resolves when the answer is delivered or given up; or with
 * `edited`, where it has to begin again, or `suspended`, where the next process goes on: then nothing has ended. Never
 * rejects: whatever goes wrong becomes the run's outcome.
 */
export async function executeRun(
  current: () => Run,
  ports: RunPorts,
  control: RunControl,
): Promise<RunPause | 'ended'> {
  const asked = current();
  const log = ports.log.child({ runId: asked.id, userId: asked.requester.id, channelId: asked.channelId });
  const { now = Date.now } = ports;
  const view = afterClaim(control);
  const reason = reasonNotToBegin(asked, ports);
  if (!reason) view.started();
  const end = reason ?? (await answer(asked, ports, { ...control, view }, log));
  if (!(await control.claim)) return 'suspended';
  if (control.signal.reason instanceof RunEdited) return 'edited';
  if (control.signal.reason instanceof RunSuspended) return 'suspended';
  control.onAgentEnd();
  // With what joined it meanwhile.
  const run = current();
  const turn = toTurn(run, end);
  // The outcome is decided before it is shown: a process that dies in between shows it again, and no other.
  await control.store.end(run.id, { outcome: end.outcome, turn });
  const delivery = await control.reply.finish(end.outcome);
  const ms = now() - run.createdAt;
  ports.observer.ended(end.outcome, end.agent, ms);
  log.info({ outcome: end.outcome.kind, stopReason: end.agent?.stopReason, ms, ...delivery }, 'run ended');
  control.onDelivered({ outcome: end.outcome, turn }, delivery);
  return 'ended';
}

/** How a run ends whose turn comes in vain. */
function reasonNotToBegin(run: Run, { doors, now = Date.now }: RunPorts): RunEnd | undefined {
  if (isOutdated(run, now())) return OUTDATED;
  return doors?.isClosed(run) ? CLOSED : undefined;
}

/** Read when the bot may speak again, if that is soon. */
const CLOSED: RunEnd = {
  outcome: {
    kind: 'failed',
    text: '',
    notice: 'I was not allowed to speak here when it was your turn. Please ask again.',
  },
};

const OUTDATED: RunEnd = { outcome: { kind: 'cancelled', text: '', by: 'outdated' } };

/** What is remembered of a run; null where nothing is. */
function toTurn(run: Run, { outcome, agent, questions }: RunEnd): Turn | null {
  const isGone = outcome.kind === 'cancelled' && outcome.by === 'deleted';
  if (isGone || outcome.kind === 'failed' || outcome.text === '' || !agent || !questions) return null;
  const messageIds = [
    ...(run.origin.kind === 'message' ? [run.origin.messageId] : []),
    ...(run.joined ?? []).map(({ id }) => id),
  ];
  return { runId: run.id, at: run.createdAt, messages: [...questions, ...agent.messages], messageIds };
}

interface RunEnd {
  readonly outcome: RunOutcome;
  readonly agent?: AgentOutcome;
  readonly questions?: readonly ChatMessage[];
}

async function answer(
  asked: Run,
  ports: RunPorts,
  control: RunControl & { readonly view: RunView },
  log: Log,
): Promise<RunEnd> {
  const { signal, view, claim, outageNotices } = control;
  try {
    const recalled = await recall(asked, ports, signal);
    const run = await ports.completeQuotes(asked, recalled?.turns ?? [], signal);
    // A file that ends the process must not be read again by the next one, which knows nothing but what is durable.
    if (hasFiles(run)) await claim;
    const files = await ports.readAttachments(run, signal);
    // That may have taken long: what was deleted meanwhile is not remembered.
    const isLater = hasFiles(run) || run.prompt.quotes.length > 0;
    const memory = (isLater ? await recall(asked, ports, signal) : undefined) ?? recalled;
    signal.throwIfAborted();
    const refusal = control.finishedSteps.length > 0 ? undefined : ports.quota?.take(run.requester.id);
    if (refusal !== undefined) return { outcome: { kind: 'failed', text: '', notice: refusal } };
    const outageNotice = outageNotices.noticeFor(run.conversationId, memory);
    const more = toQuestionsFromStart(run);
    const toOthers = (view: QuestionView): ChatMessage[] =>
      more.map((other) => ports.toQuestion(other, NO_FILES, view));
    const messages = ports.toPrompt(run, memory ?? { turns: [], facts: [] }, files);
    const { tools } = ports.agent;
    const ownWords = createOwnWords({ run, memory, files, tools, finishedSteps: control.finishedSteps });
    for (const other of more) ownWords.join(other);
    const agent = await runAgent(
      {
        messages: [...messages, ...toOthers('model')],
        questionCount: 1 + more.length,
        mayAct: claim,
        context: { ...toToolContext(run), ownWords: ownWords.read, services: ports.services },
        ...(run.model !== null && { model: run.model }),
        finishedSteps: control.finishedSteps,
        async checkpoint(index, step) {
          // It is of a question that is not asked any more.
          if (signal.reason instanceof RunEdited) return;
          await control.store.saveStep(run.id, index, step);
        },
        takeSteering: () =>
          control.takeJoining().map((joining) => {
            ownWords.join(joining);
            // It counts as any other, also where it is the last of the day.
            ports.quota?.take(joining.requester.id);
            return ports.toQuestion(joining, NO_FILES, 'model');
          }),
      },
      ports.agent,
      observeEvents(run, view, ports, ownWords),
      signal,
    );
    if (agent.error !== undefined) log.warn({ err: agent.error }, 'the agent ended with an error');
    const stopped = signal.reason instanceof RunStopped ? signal.reason : undefined;
    const outcome = toRunOutcome(agent, stopped);
    return {
      outcome: addNotice(addNotice(outcome, run.notice), outageNotice),
      agent,
      questions: [ports.toQuestion(run, files, 'memory'), ...toOthers('memory')],
    };
  } catch (error) {
    if (!signal.aborted) log.error({ err: error }, 'the run failed');
    return { outcome: failureOutcome(error) };
  }
}

function toToolContext(run: Run) {
  return {
    runId: run.id,
    userId: run.requester.id,
    guildId: run.guildId,
    channelId: run.channelId,
    audience: run.audience,
  };
}

function observeEvents(
  run: Run,
  reply: RunView,
  { observer, now = Date.now }: RunPorts,
  ownWords: OwnWords,
): (event: AgentEvent) => void {
  let isFirst = true;
  return (event) => {
    if (isFirst && event.type === 'text-delta') {
      isFirst = false;
      observer.firstText(now() - run.createdAt);
    }
    if (event.type === 'tool-call-end') {
      ownWords.addResult(event.result.name);
      observer.toolCall(event.result);
    }
    reply.onEvent(event);
  };
}
