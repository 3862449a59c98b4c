import type { AgentEvent } from './ports.ts';

export interface GuardedEmit {
  readonly emit: (event: AgentEvent) => void;
  /** The first error that a listener threw. */
  error(): unknown;
  /** From now on events are dropped: work that outlives its run has nothing more to say. */
  close(): void;
}

/** Keeps a run apart from what listens to it. */
export function guardEmit(emit: (event: AgentEvent) => void): GuardedEmit {
  let isOpen = true;
  let firstError: unknown;
  return {
    emit(event) {
      if (!isOpen) return;
      try {
        emit(event);
      } catch (error) {
        firstError ??= error;
      }
    },
    error: () => firstError,
    close() {
      isOpen = false;
    },
  };
}
