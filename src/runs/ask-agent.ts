import type { AgentEvent, AgentOutcome, AgentPorts } from '../agent/ports.ts';
import { runAgent } from '../agent/run-agent.ts';
import type { ChatMessage } from '../memory/chat-message.ts';
import { isOutdated } from './answer-window.ts';
import type { DailyQuota } from './daily-quota.ts';
import { toQuestionsFromStart } from './joined-questions.ts';
import { addNotice, failureOutcome, RunEdited, RunStopped, toRunOutcome } from './outcome.ts';
import { createOwnWords, type OwnWords } from './own-words.ts';
import type { CompleteQuotes, Doors, Reply, RunObserver, RunOutcome } from './ports.ts';
import { recall, type MissingMemoryNotices, type RecallPorts, type RunMemory } from './recall.ts';
import {
  hasFiles,
  NO_FILES,
  type QuestionView,
  type ReadRunAttachments,
  type RunFiles,
} from './run-attachments.ts';
import type { RunStore } from './run-store.ts';
import type { RunTask } from './run-task.ts';
import type { Run } from './run.ts';
import type { Steering } from './steering.ts';

/** What an answer is made with. */
export interface AnswerPorts extends RecallPorts {
  readonly agent: AgentPorts;
  /** System prompt, what is remembered, and last the question. */
  readonly toPrompt: (run: Run, memory: RunMemory, files: RunFiles) => readonly ChatMessage[];
  /** The user message of a question that joins a run, or as it is remembered. */
  readonly toQuestion: (run: Run, files: RunFiles, view: QuestionView) => ChatMessage;
  readonly readAttachments: ReadRunAttachments;
  readonly completeQuotes: CompleteQuotes;
  readonly observer: RunObserver;
  /** Discord's time, by which questions are dated, epoch ms. */
  readonly now: () => number;
  /** Where the bot may speak. */
  readonly doors: Doors;
  /** Undefined where as much may be asked of the model as comes. */
  readonly quota: Pick<DailyQuota, 'reason' | 'take'> | undefined;
}

export interface AskPorts extends AnswerPorts {
  readonly store: Pick<RunStore, 'saveStep'>;
  readonly steering: Pick<Steering, 'take'>;
  readonly missingMemory: MissingMemoryNotices;
}

/** What came of asking, of which nothing is written down yet. */
export interface Answered {
  readonly outcome: RunOutcome;
  readonly agent?: AgentOutcome;
  /** What was asked, as it is remembered. */
  readonly questions?: readonly ChatMessage[];
}

/**
 * Recalls what is remembered, reads what is quoted and attached, and has the agent answer a run as it is asked now, from
 * the step at which an earlier process left it. Ends early when the task's signal aborts. Never rejects: whatever goes
 * wrong becomes an outcome.
 */
export async function askAgent(task: RunTask, ports: AskPorts): Promise<Answered> {
  const vain = toVain(task.run, ports);
  if (vain) return vain;
  // An edit gives the task another signal, and this is the one of what is asked now.
  const { run: asked, signal } = task;
  const { log } = ports;
  const reply = afterClaim(task, signal);
  reply.started();
  try {
    const recalled = await recall(asked, ports, signal);
    const run = await ports.completeQuotes(asked, recalled?.turns ?? [], signal);
    // A file that ends the process must not be read again by the next one, which knows nothing but what is durable.
    if (hasFiles(run)) await task.claim;
    const files = await ports.readAttachments(run, signal);
    // That may have taken long: what was deleted meanwhile is not remembered.
    const isLater = hasFiles(run) || run.prompt.quotes.length > 0;
    const memory = (isLater ? await recall(asked, ports, signal) : undefined) ?? recalled;
    signal.throwIfAborted();
    const refusal = task.finishedSteps.length > 0 ? undefined : ports.quota?.take(run.requester.id);
    if (refusal !== undefined) return { outcome: { kind: 'failed', text: '', notice: refusal } };
    const missing = ports.missingMemory.noticeFor(run.conversationId, memory);
    const { agent, questions } = await answer({ run, memory, files }, task, ports, { reply, signal });
    if (agent.error !== undefined)
      log.warn({ ...toLogFields(run), err: agent.error }, 'the agent ended with an error');
    const stopped = signal.reason instanceof RunStopped ? signal.reason : undefined;
    const outcome = addNotice(addNotice(toRunOutcome(agent, stopped), run.notice), missing);
    return { outcome, agent, questions };
  } catch (error) {
    if (!signal.aborted) log.error({ ...toLogFields(asked), err: error }, 'the run failed');
    return { outcome: failureOutcome(error) };
  }
}

/** How a run ends whose turn comes in vain. */
function toVain(run: Run, { doors, now }: AskPorts): Answered | undefined {
  if (isOutdated(run, now())) return { outcome: { kind: 'cancelled', text: '', by: 'outdated' } };
  if (!doors.isClosed(run)) return undefined;
  // Read when the bot may speak again, if that is soon.
  const notice = 'I was not allowed to speak here when it was your turn. Please ask again.';
  return { outcome: { kind: 'failed', text: '', notice } };
}

/** All that the model is to see of a run. */
interface Question {
  /** With the messages that the quoted ones replied to. */
  readonly run: Run;
  readonly memory: RunMemory | undefined;
  readonly files: RunFiles;
}

async function answer(
  { run, memory, files }: Question,
  task: RunTask,
  ports: AskPorts,
  { reply, signal }: { readonly reply: ShownAtWork; readonly signal: AbortSignal },
): Promise<Required<Pick<Answered, 'agent' | 'questions'>>> {
  const { finishedSteps } = task;
  const more = toQuestionsFromStart(run);
  const toOthers = (view: QuestionView): ChatMessage[] =>
    more.map((other) => ports.toQuestion(other, NO_FILES, view));
  const messages = ports.toPrompt(run, memory ?? { turns: [], facts: [] }, files);
  const ownWords = createOwnWords({ run, memory, files, tools: ports.agent.tools, finishedSteps });
  for (const other of more) ownWords.join(other);
  const agent = await runAgent(
    {
      messages: [...messages, ...toOthers('model')],
      questionCount: 1 + more.length,
      mayAct: task.claim,
      context: { ...toToolContext(run), ownWords: ownWords.read, services: ports.services },
      ...(run.model !== null && { model: run.model }),
      finishedSteps,
      async checkpoint(index, step) {
        // It is of a question that is not asked any more.
        if (signal.reason instanceof RunEdited) return;
        await ports.store.saveStep(run.id, index, step);
      },
      takeSteering: () =>
        ports.steering.take(task).map((joining) => {
          ownWords.join(joining);
          // It counts as any other, also where it is the last of the day.
          ports.quota?.take(joining.requester.id);
          return ports.toQuestion(joining, NO_FILES, 'model');
        }),
    },
    ports.agent,
    toListener(run, reply, ports, ownWords),
    signal,
  );
  return { agent, questions: [ports.toQuestion(run, files, 'memory'), ...toOthers('memory')] };
}

/** What log lines tell of a run. */
export function toLogFields({ id, requester, channelId }: Run) {
  return { runId: id, userId: requester.id, channelId };
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

function toListener(
  run: Run,
  reply: ShownAtWork,
  { observer, now }: AskPorts,
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

/** The part of a reply that shows a run at work. */
type ShownAtWork = Pick<Reply, 'started' | 'onEvent'>;

/** Shows nothing before the claim, and then all of it. */
function afterClaim({ claim, reply }: RunTask, signal: AbortSignal): ShownAtWork {
  let held: (() => void)[] | undefined = [];
  const show = (act: () => void): void => {
    if (held) held.push(act);
    else act();
  };
  const open = (isOurs: boolean): void => {
    const acts = held ?? [];
    held = undefined;
    // What was stopped or began again meanwhile was not seen.
    if (isOurs && !signal.aborted) for (const act of acts) act();
  };
  claim.then(open, () => undefined);
  return {
    started: () => {
      show(() => {
        reply.started();
      });
    },
    onEvent: (event) => {
      show(() => {
        reply.onEvent(event);
      });
    },
  };
}
