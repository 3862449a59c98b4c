import type { AgentEvent, AgentPorts, AgentTask } from './ports.ts';
import { Transcript } from './transcript.ts';

/** What the pieces of one run share. */
export class AgentRun {
  readonly task: AgentTask;
  readonly ports: AgentPorts;
  readonly transcript = new Transcript();
  readonly #listener: (event: AgentEvent) => void;
  #listenerError: unknown;
  #isOpen = true;

  constructor(task: AgentTask, ports: AgentPorts, listener: (event: AgentEvent) => void) {
    this.task = task;
    this.ports = ports;
    this.#listener = listener;
  }

  /** The first error that the listener threw: it cannot fail the run. */
  get listenerError(): unknown {
    return this.#listenerError;
  }

  emit(event: AgentEvent): void {
    if (!this.#isOpen) return;
    try {
      this.#listener(event);
    } catch (error) {
      this.#listenerError ??= error;
    }
  }

  /** Takes text of the step under way. */
  say(text: string): void {
    if (text !== '') this.emit({ type: 'text-delta', text: this.transcript.say(text) });
  }

  /** From now on events are dropped: work that outlives its run has nothing more to say. */
  close(): void {
    this.#isOpen = false;
  }
}
