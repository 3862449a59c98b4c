import type { AgentStep } from '../agent/ports.ts';
import { toUnasked } from './joined-questions.ts';
import type { LaneTask } from './lanes.ts';
import { RunEdited, type RunStopped, type RunSuspended } from './outcome.ts';
import type { Reply } from './ports.ts';
import type { Run } from './run.ts';
import type { RunEnding, StoredRun } from './run-store.ts';

const NO_STEPS: readonly AgentStep[] = [];
const NO_RUNS: readonly Run[] = [];

/** A run in the lanes. */
export class RunTask implements LaneTask {
  run: Run;
  readonly reply: Reply;
  /** Resolves when the run is durable; with false where its message was taken before. */
  readonly claim: Promise<boolean>;
  /** What an earlier process finished. */
  finishedSteps: readonly AgentStep[];
  /** How often earlier processes began to work on it; undefined where none had it. */
  readonly attempts: number | undefined;
  /** How it ended in an earlier process that could not deliver it. */
  readonly ending: RunEnding | null;
  /** Only delivery is left. */
  isDelivering: boolean;
  /** It joins the run under way in its conversation before that run's next step, if there is one. */
  isJoining = false;
  /** The claim is durable. */
  isClaimed = false;
  /** Joined an earlier process's run, which did not come to ask it. */
  #unasked: readonly Run[];
  // What a run that waits does not need is made when it is asked for: thousands may wait.
  #controller: AbortController | undefined;
  #halt: RunStopped | RunSuspended | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #ended: PromiseWithResolvers<undefined> | undefined;

  constructor(run: Run, reply: Reply, claim: Promise<boolean>, left?: StoredRun) {
    this.run = run;
    this.reply = reply;
    this.claim = claim;
    this.finishedSteps = left?.steps ?? NO_STEPS;
    this.attempts = left?.attempts;
    this.ending = left?.ending ?? null;
    this.isDelivering = this.ending !== null;
    this.#unasked = run.joined ? toUnasked(run, this.finishedSteps) : NO_RUNS;
  }

  get id(): string {
    return this.run.id;
  }

  get key(): string {
    return this.run.conversationId;
  }

  get userId(): string {
    return this.run.requester.id;
  }

  /** Of this beginning. */
  get signal(): AbortSignal {
    return this.#ownController.signal;
  }

  /** Why it is to end, or to wait for the next process. */
  get halted(): RunStopped | RunSuspended | undefined {
    return this.#halt;
  }

  /** The first reason holds, and outlives an edit: what is stopped does not begin again. */
  halt(reason: RunStopped | RunSuspended): void {
    this.#halt ??= reason;
    this.#ownController.abort(this.#halt);
  }

  /** Its question is another now. */
  interruptForEdit(): void {
    this.#ownController.abort(new RunEdited());
  }

  beginAgain(): void {
    this.#controller = undefined;
    if (this.#halt) this.#ownController.abort(this.#halt);
  }

  get ended(): Promise<undefined> {
    this.#ended ??= Promise.withResolvers();
    if (this.#hasEnded) this.#ended.resolve(undefined);
    return this.#ended.promise;
  }

  /** Unless the run ends before. */
  expireIn(ms: number, onExpire: () => void): void {
    if (ms <= 0) onExpire();
    else this.#expiry = setTimeout(onExpire, ms).unref();
  }

  end(): void {
    clearTimeout(this.#expiry);
    this.#hasEnded = true;
    this.#ended?.resolve(undefined);
  }

  takeUnasked(): readonly Run[] {
    const runs = this.#unasked;
    this.#unasked = NO_RUNS;
    return runs;
  }

  get #ownController(): AbortController {
    return (this.#controller ??= new AbortController());
  }
}
