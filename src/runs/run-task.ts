import type { AgentStep } from '../agent/ports.ts';
import type { LaneTask } from './lanes.ts';
import type { Reply } from './ports.ts';
import type { Run } from './run.ts';
import type { RunEnding, StoredRun } from './run-store.ts';

const NO_STEPS: readonly AgentStep[] = [];

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
  // What a run that waits does not need is made when it is asked for: thousands may wait.
  #controller: AbortController | undefined;
  #steering: Run[] | undefined;
  #joined: Run[] | undefined;
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

  /** Questions that join before the next step. */
  get steering(): Run[] {
    return (this.#steering ??= []);
  }

  /** Questions that joined: they end with this run. */
  get joined(): Run[] {
    return (this.#joined ??= []);
  }

  /** One for each beginning. */
  get controller(): AbortController {
    return (this.#controller ??= new AbortController());
  }

  /** It begins again. */
  renewController(): void {
    this.#controller = undefined;
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

  takeSteering(): readonly Run[] {
    const runs = this.steering.splice(0);
    this.joined.push(...runs);
    return runs;
  }
}
