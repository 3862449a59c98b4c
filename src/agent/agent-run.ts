import type { AgentEvent, AgentPorts, AgentTask } from './ports.ts';
import type { Transcript } from './transcript.ts';

/** What the pieces of one run share. */
export interface AgentRun {
  readonly task: AgentTask;
  readonly ports: AgentPorts;
  readonly emit: (event: AgentEvent) => void;
  readonly transcript: Transcript;
}
