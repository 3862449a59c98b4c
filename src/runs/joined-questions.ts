import type { AgentStep } from '../agent/ports.ts';
import type { JoinedQuestion, Prompt, Run } from './run.ts';

/** The run that a question would be if it had not joined `host`. */
export function toOwnRun(host: Run, { id, createdAt, prompt }: JoinedQuestion): Run {
  const origin = { kind: 'message', messageId: id } as const;
  return { ...host, id, createdAt, prompt, origin, replaces: null, notice: undefined, joined: undefined };
}

/** `host` with one more question, asked before its next step. */
export function withJoined(host: Run, { id, createdAt, prompt }: Run): Run {
  return { ...host, joined: [...(host.joined ?? []), { id, createdAt, prompt }] };
}

/**
 * `host` with another text of a question that joined it; without `prompt`, as if it had never joined. The same, where
 * nothing changes.
 */
export function withChangedQuestion(host: Run, id: string, prompt: Prompt | undefined): Run {
  const { joined = [] } = host;
  const known = joined.find((question) => question.id === id);
  if (!known || (prompt && !changes(known, prompt))) return host;
  const others = joined.filter((question) => question !== known);
  if (!prompt) return { ...host, joined: others };
  return {
    ...host,
    joined: joined.map((question) => (question === known ? { ...known, prompt } : question)),
  };
}

/** A run that begins anew asks all of its questions from the start. */
export function fromStart(run: Run): Run {
  if (!run.joined) return run;
  return { ...run, joined: run.joined.map((question) => ({ ...question, isFromStart: true as const })) };
}

/** What else the run asks from the start. */
export function toQuestionsFromStart(run: Run): Run[] {
  return (run.joined ?? []).flatMap((question) => (question.isFromStart ? [toOwnRun(run, question)] : []));
}

/** What had joined when the process ended, but is in none of the steps that were written down. */
export function toUnasked(run: Run, steps: readonly AgentStep[]): Run[] {
  const later = (run.joined ?? []).filter(({ isFromStart }) => isFromStart !== true);
  const asked = steps.reduce((count, { steering }) => count + (steering?.length ?? 0), 0);
  return later.slice(asked).map((question) => toOwnRun(run, question));
}

/** Whether a question asks something else with another prompt: one of an earlier edit, which is told late, is none. */
export function changes(
  { createdAt, prompt: known }: Pick<Run, 'createdAt' | 'prompt'>,
  prompt: Prompt,
): boolean {
  const { editedAt = Infinity } = prompt;
  const isLate = editedAt < createdAt || editedAt <= (known.editedAt ?? -1);
  return !isLate && !isSamePrompt(known, prompt);
}

/** An edit that is not answered, so that it is not found once more. */
export function withEditNoted(run: Run, questionId: string, editedAt: number): Run {
  const note = <T extends { readonly prompt: Prompt }>(one: T): T => ({
    ...one,
    prompt: { ...one.prompt, editedAt },
  });
  if (run.id === questionId) return note(run);
  return { ...run, joined: run.joined?.map((one) => (one.id === questionId ? note(one) : one)) };
}

function isSamePrompt(one: Prompt, other: Prompt): boolean {
  const toFiles = ({ attachments }: Prompt): string => attachments.map(({ id }) => id).join();
  return one.text === other.text && toFiles(one) === toFiles(other);
}
