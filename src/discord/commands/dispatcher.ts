import {
  ApplicationCommandType,
  InteractionType,
  type APIApplicationCommandInteraction,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
} from 'discord.js';
import { LRUCache } from 'lru-cache';
import { StoreUnavailableError } from '../../errors.ts';
import { withDeadline } from '../../lib/abort.ts';
import type { Log } from '../../observability/log.ts';
import { authorize as defaultAuthorize, type Authorize } from '../../policy/authorize.ts';
import type { Directory } from '../gateway/directory.ts';
import type { Command, CommandContext, CommandRequest } from './command.ts';
import {
  deferResponse,
  editResponse,
  respondEphemerally,
  respondWithoutChoices,
  type InteractionRef,
  type RequestSender,
} from './interaction-response.ts';
import { toCommandRequest } from './to-command-request.ts';

export interface DispatcherOptions {
  readonly commands: readonly Command[];
  readonly context: CommandContext;
  readonly rest: RequestSender;
  readonly directory: Directory;
  /** Known once the gateway is ready; asked only when an interaction comes. */
  readonly botUserId: () => string;
  readonly log: Log;
  readonly authorize?: Authorize;
  /** After this a command is given up and the person told. */
  readonly timeoutMs?: number;
}

export interface Dispatcher {
  /** Returns at once and never throws. Every interaction is answered, once. */
  dispatch(interaction: APIInteraction): void;
  /** Resolves when everything dispatched so far has been answered. */
  idle(): Promise<void>;
}

/** As long as an interaction's token lives. */
const seenTtlMs = 15 * 60_000;
const maxSeen = 10_000;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { commands, log } = options;
  const byName = new Map(commands.map((command) => [command.definition.name, command]));
  const seen = new LRUCache<string, true>({ max: maxSeen, ttl: seenTtlMs });
  const underWay = new Set<Promise<void>>();

  const answer = async (interaction: APIInteraction): Promise<void> => {
    try {
      if (!isChatInput(interaction)) await answerUnknown(interaction, options.rest);
      else await runCommand(interaction, byName.get(interaction.data.name), options);
    } catch (error) {
      log.warn({ err: error, interactionId: interaction.id }, 'an interaction could not be answered');
    }
  };

  return {
    dispatch(interaction) {
      if (seen.has(interaction.id)) return;
      seen.set(interaction.id, true);
      const work = answer(interaction).finally(() => underWay.delete(work));
      underWay.add(work);
      work.catch((error: unknown) => {
        log.error({ err: error }, 'the dispatcher failed');
      });
    },
    async idle() {
      await Promise.all(underWay);
    },
  };
}

function isChatInput(interaction: APIInteraction): interaction is APIChatInputApplicationCommandInteraction {
  return (
    interaction.type === InteractionType.ApplicationCommand &&
    (interaction satisfies APIApplicationCommandInteraction).data.type === ApplicationCommandType.ChatInput
  );
}

function toRef({ id, token, application_id }: APIInteraction): InteractionRef {
  return { id, token, applicationId: application_id };
}

async function answerUnknown(interaction: APIInteraction, rest: RequestSender): Promise<void> {
  const ref = toRef(interaction);
  if (interaction.type === InteractionType.ApplicationCommandAutocomplete) {
    await respondWithoutChoices(rest, ref);
  } else {
    await respondEphemerally(rest, ref, 'I do not know this command or button, perhaps any more.');
  }
}

/** Authorises without I/O, acknowledges, and only then lets the command work. */
async function runCommand(
  interaction: APIChatInputApplicationCommandInteraction,
  command: Command | undefined,
  options: DispatcherOptions,
): Promise<void> {
  const { rest, authorize = defaultAuthorize, directory, botUserId } = options;
  const ref = toRef(interaction);
  if (!command) return answerUnknown(interaction, rest);
  const request = toCommandRequest(interaction, { directory, botUserId: botUserId() });
  const verdict = authorize(command.action(request), {
    userId: request.user.id,
    isBot: false,
    guildId: request.place.guildId,
    permissions: request.permissions,
    isThreadOwner: request.isThreadOwner,
  });
  if (!verdict.allowed) return respondEphemerally(rest, ref, verdict.reason);
  await deferResponse(rest, ref, command.isEphemeral(request));
  const text = await execute(command, request, options);
  if (text !== undefined) await editResponse(rest, ref, text);
}

/** What the person is told; undefined where a run tells them. */
async function execute(
  command: Command,
  request: CommandRequest,
  { context, log, timeoutMs = 15_000 }: DispatcherOptions,
): Promise<string | undefined> {
  try {
    const answer = await withDeadline(`/${request.name}`, timeoutMs, undefined, async (signal) =>
      command.execute(request, context, signal),
    );
    return answer.kind === 'text' ? answer.text : undefined;
  } catch (error) {
    log.error({ err: error, command: request.name, userId: request.user.id }, 'a command failed');
    return error instanceof StoreUnavailableError
      ? 'My memory cannot be reached just now. Please try again in a minute.'
      : 'Something went wrong on my side. It has been logged; please try again.';
  }
}
