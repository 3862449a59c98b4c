import type { APIMessageTopLevelComponent } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import type { Run } from '../../runs/run.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { ChannelDoors } from './channel-doors.ts';
import type { MessageOwners } from './own-messages.ts';
import type { Reactions } from './reactions.ts';
import type { ReplyTimings } from './timings.ts';
import type { Typing } from './typing.ts';

/** What can be pressed below an answer while it is at work and when it has ended. Asked once for each run and state. */
export type Controls = (run: Run, state: 'active' | 'ended') => readonly APIMessageTopLevelComponent[];

/** What all replies share. */
export interface ReplyContext {
  readonly budget: OutgoingBudget;
  readonly applicationId: () => string;
  readonly botUserId: () => string;
  readonly typing: Typing;
  readonly doors: Pick<ChannelDoors, 'shut' | 'shutBy'>;
  readonly reactions: Pick<Reactions, 'addForNow'>;
  readonly owners: MessageOwners;
  /** How many runs of each conversation wait or are at work; those far back in the line are not among them. */
  readonly runsPerConversation: Map<string, number>;
  readonly timings: ReplyTimings;
  /** How late the event loop turns, ms. */
  readonly loopDelayMs: () => number;
  /** Without them nothing can be pressed. */
  readonly controls?: Controls | undefined;
  readonly log: Log;
  /** epoch ms */
  readonly now: () => number;
}
