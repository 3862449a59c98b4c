import type { AgentOutcome } from '../agent/ports.ts';
import { ModelError } from '../errors.ts';
import type { RunOutcome, StoppedBy } from './ports.ts';

/** Why a run was stopped from outside; the reason of its abort signal. */
export class RunStopped extends Error {
  readonly by: StoppedBy;

  constructor(by: StoppedBy) {
    super(`The run was stopped by the ${by}`);
    this.name = 'RunStopped';
    this.by = by;
  }
}

/** The run begins again with the question's new text; the reason of its abort signal. */
export class RunEdited extends Error {
  constructor() {
    super('The question was edited');
    this.name = 'RunEdited';
  }
}

/** The process ends, and the next one goes on with the run; the reason of its abort signal. */
export class RunSuspended extends Error {
  constructor() {
    super('The run waits for the next process');
    this.name = 'RunSuspended';
  }
}

/** Puts the end of the agent's work into the words that the person reads. */
export function toRunOutcome(outcome: AgentOutcome, stopped: RunStopped | undefined): RunOutcome {
  const end = toEnd(outcome, stopped);
  const isReset = outcome.isWithoutEarlier === true && end.kind === 'answered';
  return addNotice(addNotice(end, isReset ? RESET : undefined), unknownToolsNotice(outcome));
}

const RESET = '(Our conversation is too long for the model, so I answered without what was said before.)';

/** The same outcome with one more sentence, but for those that the person ended. */
export function addNotice(outcome: RunOutcome, notice: string | undefined): RunOutcome {
  if (notice === undefined || outcome.kind === 'cancelled') return outcome;
  return { ...outcome, notice: [outcome.notice, notice].filter(Boolean).join(' ') };
}

function unknownToolsNotice({ unknownTools }: AgentOutcome): string | undefined {
  if (unknownTools === undefined) return undefined;
  const names = unknownTools.map((name) => `\`${name}\``).join(', ');
  return `(I was restarted in the middle of ${names}: it may or may not have been done, and I did not repeat it.)`;
}

function toEnd(outcome: AgentOutcome, stopped: RunStopped | undefined): RunOutcome {
  const { text, files, fallbackModel } = outcome;
  const isBlank = text.trim() === '' && files === undefined;
  const answered = { kind: 'answered', text, ...(files && { files }) } as const;
  const partial = (notice: string): RunOutcome =>
    isBlank ? { kind: 'failed', text: '', notice } : { ...answered, notice };
  switch (outcome.stopReason) {
    case 'answered':
      return fallbackModel === undefined
        ? answered
        : partial(`(Answered by ${fallbackModel}: the usual model is out of reach just now.)`);
    case 'length':
      return partial('The answer reached the length limit and ends here.');
    case 'refused':
      return isBlank ? { kind: 'failed', text, notice: 'The model declined to answer this.' } : answered;
    case 'filtered':
      return partial(
        isBlank
          ? "The provider's content filter let no answer through. Please ask in other words."
          : "The provider's content filter cut the answer off here.",
      );
    case 'empty':
      // A file that a tool made may be all that was asked for.
      return files === undefined
        ? partial('The model gave no answer. Please ask again in other words.')
        : answered;
    case 'max-steps':
      return partial('I stopped here: this took more steps than I may take for one question.');
    case 'repeated-tool-calls':
      return partial('I stopped here: I was going in circles with my tools.');
    case 'timeout':
      return { kind: 'failed', text, notice: 'This took too long, so I stopped. Please try again.' };
    case 'cancelled':
      return { kind: 'cancelled', text, by: stopped?.by ?? 'requester' };
    case 'context-too-long':
      return {
        kind: 'failed',
        text,
        notice: 'This is too long for the model, even without our earlier conversation. Please shorten it.',
      };
    case 'model-error':
      return { kind: 'failed', text, notice: modelErrorNotice(outcome.error) };
  }
}

/** The outcome of a run that ended outside the agent: stopped while it read its memory, or by a bug. */
export function failureOutcome(error: unknown): RunOutcome {
  if (error instanceof RunStopped) return { kind: 'cancelled', text: '', by: error.by };
  return { kind: 'failed', text: '', notice: 'Something went wrong on my side. Please try again.' };
}

function modelErrorNotice(error: unknown): string {
  const kind = error instanceof ModelError ? error.kind : undefined;
  switch (kind) {
    case 'unauthorized':
      return "The model server refuses this bot's key. Its operator has to mend that.";
    case 'rate-limited':
      return 'The model server is over its limit just now. Please try again in a minute.';
    case 'stalled':
      return 'The model stopped sending in the middle of its answer. Please try again.';
    case 'interrupted':
      return 'The connection to the model broke off. Please try again.';
    case 'rejected':
      return 'The model server did not accept this request. Its operator finds the reason in the log.';
    case 'unavailable':
    case 'context-too-long':
    case 'filtered':
    case undefined:
      return 'The model cannot be reached just now. Please try again later.';
  }
}
