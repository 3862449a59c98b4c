import type { APIMessageTopLevelComponent } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import type { OpenReplyOptions } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { ChannelDoors } from './channel-doors.ts';
import type { ReplyTimings } from './timings.ts';
import type { Typing } from './typing.ts';
import type { MessageOwners } from './unknown-messages.ts';

export type Controls = (run: Run, state: 'active' | 'ended') => readonly APIMessageTopLevelComponent[];

export interface DiscordReplyOptions extends OpenReplyOptions {
  readonly budget: OutgoingBudget;
  readonly applicationId: () => string;
  readonly botUserId: () => string;
  readonly typing: Typing;
  readonly doors: Pick<ChannelDoors, 'shut' | 'shutBy'>;
  readonly owners: MessageOwners;
  readonly timings: ReplyTimings;
  /** How late the event loop turns, ms. */
  readonly loopDelayMs: () => number;
  readonly pingsRequester: boolean;
  readonly controls?: Controls;
  readonly log: Log;
  /** epoch ms */
  readonly now: () => number;
}
