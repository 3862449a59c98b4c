import type {
  APIApplicationCommandAutocompleteInteraction,
  APIInteraction,
  APIModalSubmitInteraction,
} from 'discord.js';
import { StoreUnavailableError, UnreadableRecordError } from '../../errors.ts';
import { withDeadline } from '../../lib/abort.ts';
import type { Log } from '../../observability/log.ts';
import type { Authorization, Authorize } from '../../policy/authorize.ts';
import type { Directory } from '../gateway/directory.ts';
import type { Command, CommandContext, CommandRequest } from './command.ts';
import {
  deferResponse,
  editResponse,
  respondEphemerally,
  respondWithChoices,
  respondWithModal,
  toRef,
  type RequestSender,
} from './interaction-response.ts';
import { toFieldValues, toModal, type PendingForms } from './forms.ts';
import {
  toAsking,
  toCommandRequest,
  toFocusedOption,
  type CommandInteraction,
} from './to-command-request.ts';

export interface RunCommandOptions {
  readonly context: CommandContext;
  readonly rest: RequestSender;
  readonly directory: Directory;
  /** Known once the gateway is ready; asked only when an interaction comes. */
  readonly botUserId: () => string;
  readonly log: Log;
  readonly authorize: Authorize;
  /** After this a command is given up and the person told. */
  readonly timeoutMs?: number;
}

/** Authorises without I/O, acknowledges or opens a form, and only then lets the command work. */
export async function runCommand(
  interaction: CommandInteraction,
  command: Command,
  forms: PendingForms,
  options: RunCommandOptions,
): Promise<void> {
  const request = toRequest(interaction, options);
  const verdict = judge(command, request, options);
  const ref = toRef(interaction);
  if (!verdict.allowed) return respondEphemerally(options.rest, ref, verdict.reason);
  const form = command.form?.(request);
  if (!form) return answer(interaction, command, request, options);
  await respondWithModal(options.rest, ref, toModal(form, forms.open({ command, request })));
}

/** Goes on with the command that the form belongs to, as if its fields had been options. */
export async function submitForm(
  interaction: APIModalSubmitInteraction,
  forms: PendingForms,
  options: RunCommandOptions,
): Promise<void> {
  const ref = toRef(interaction);
  const asking = toAsking(interaction);
  const fields = toFieldValues(interaction.data);
  const id = interaction.data.custom_id;
  const pending = forms.find(id, asking.user.id);
  if (!pending) return respondEphemerally(options.rest, ref, tooLate([...fields.values()]));
  const { command } = pending;
  const request = {
    ...pending.request,
    ...asking,
    options: new Map([...pending.request.options, ...fields]),
  };
  const verdict = judge(command, request, options);
  if (!verdict.allowed) return respondEphemerally(options.rest, ref, verdict.reason);
  await answer(interaction, command, request, options, () => {
    // Where the acknowledgement failed, the person still has the form before them and can send it again.
    forms.close(id);
  });
}

/** Whoever may not use the command is offered nothing. */
export async function suggestChoices(
  interaction: APIApplicationCommandAutocompleteInteraction,
  command: Command | undefined,
  options: RunCommandOptions,
): Promise<void> {
  await respondWithChoices(options.rest, toRef(interaction), toChoices(interaction, command, options));
}

function toChoices(
  interaction: APIApplicationCommandAutocompleteInteraction,
  command: Command | undefined,
  options: RunCommandOptions,
): readonly string[] {
  const focused = toFocusedOption(interaction);
  if (!focused || !command?.choices) return [];
  if (!judge(command, toRequest(interaction, options), options).allowed) return [];
  return command.choices(focused, options.context);
}

function toRequest(
  interaction: CommandInteraction,
  { directory, botUserId }: RunCommandOptions,
): CommandRequest {
  return toCommandRequest(interaction, { directory, botUserId: botUserId() });
}

function judge(command: Command, request: CommandRequest, { authorize }: RunCommandOptions): Authorization {
  return authorize(command.action(request), {
    userId: request.user.id,
    isBot: false,
    guildId: request.place.guildId,
    permissions: request.permissions,
    isThreadOwner: request.isThreadOwner,
  });
}

async function answer(
  interaction: APIInteraction,
  command: Command,
  request: CommandRequest,
  options: RunCommandOptions,
  onAcknowledged?: () => void,
): Promise<void> {
  const ref = toRef(interaction);
  await deferResponse(options.rest, ref, command.isEphemeral(request));
  onAcknowledged?.();
  const text = await execute(command, request, options);
  if (text !== undefined) await editResponse(options.rest, ref, text);
}

/** What the person is told; undefined where a run tells them. */
async function execute(
  command: Command,
  request: CommandRequest,
  { context, log, timeoutMs = 15_000 }: RunCommandOptions,
): Promise<string | undefined> {
  try {
    const result = await withDeadline(
      `The command ${request.name}`,
      timeoutMs,
      undefined,
      async ({ signal }) => command.execute(request, context, signal),
    );
    return result.kind === 'text' ? result.text : undefined;
  } catch (error) {
    log.error({ err: error, command: request.name, userId: request.user.id }, 'a command failed');
    if (error instanceof UnreadableRecordError) {
      return 'What I keep here cannot be read any more. `/memory forget id: all` begins it anew.';
    }
    return error instanceof StoreUnavailableError
      ? 'My memory cannot be reached just now. Please try again in a minute.'
      : 'Something went wrong on my side. It has been logged; please try again.';
  }
}

/** What the person wrote is given back, so that it is not lost. */
function tooLate(written: readonly string[]): string {
  const text = written.filter((value) => value.trim() !== '').join('\n');
  const sentence =
    'I no longer know what this form was about: I forget forms after an hour, and when I restart. Please open it again.';
  return text === '' ? sentence : `${sentence} You wrote:\n>>> ${text}`;
}
