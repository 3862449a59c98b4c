import type { z } from 'zod';
import type { Audience } from '../memory/audience.ts';
import type { FactMemory } from '../memory/ports.ts';

/** Who asks and where. Comes from the event, never from the model's arguments. */
export interface ToolContext {
  readonly runId: string;
  readonly userId: string;
  readonly guildId: string | null;
  readonly channelId: string;
  readonly audience: Audience;
  /**
   * What the person themselves said in this run, once words of others are before the model, which may act on their
   * orders then; undefined while there are none. A tool that writes keeps to it.
   */
  readonly ownWords?: () => string | undefined;
  readonly services: ToolServices;
}

/** What tools may ask of the world; the composition root fills it in. */
export interface ToolServices {
  readonly facts: FactMemory;
  readonly channels: ChannelReader;
  /** epoch ms */
  now(): number;
  /** [0, 1), as Math.random. */
  random(): number;
}

export interface ChannelReader {
  /**
   * The latest messages of a channel, oldest first, at most `limit` (1–100). Checks at call time that the
   * requester may view the channel and read its history; throws SwitchboardError `missing-permission` if not.
   */
  recentMessages(
    request: { channelId: string; userId: string; limit: number },
    signal: AbortSignal,
  ): Promise<readonly ChannelMessage[]>;
}

export interface ChannelMessage {
  readonly id: string;
  readonly authorName: string;
  readonly isBot: boolean;
  readonly text: string;
  /** epoch ms */
  readonly at: number;
}

/** A tool is one file and one line in `index.ts`. */
export interface Tool<Parameters extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly description: string;
  /** Checks the model's arguments and is sent to it as JSON Schema. */
  readonly parameters: Parameters;
  /** Whether a call whose outcome is unknown (the process died) may simply be made again. */
  readonly repeatable: boolean;
  /** Nothing in its results was written by others, as everything is by default. */
  readonly isOwnResult?: true;
  /** Overrides the configured deadline of a call. */
  readonly timeoutMs?: number;
  /**
   * Returns what the model sees, and with it files that go with the answer. Throw to tell the model of a failure (the message is shown to it).
   * Must stop working when `signal` aborts.
   */
  execute(
    args: z.infer<Parameters>,
    context: ToolContext,
    signal: AbortSignal,
  ): Promise<string | ToolOutput> | string | ToolOutput;
}

export interface ToolOutput {
  readonly text: string;
  readonly files: readonly ToolFile[];
}

/** A file that a tool made for the person. */
export interface ToolFile {
  readonly name: string;
  readonly contentType: string;
  readonly data: Uint8Array;
}

/** Keeps the argument types of one tool while the list holds tools of any. */
export function defineTool<Parameters extends z.ZodObject>(tool: Tool<Parameters>): Tool {
  return tool;
}
