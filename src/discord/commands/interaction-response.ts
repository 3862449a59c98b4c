import {
  InteractionResponseType,
  MessageFlags,
  RESTJSONErrorCodes,
  Routes,
  type APIInteraction,
  type APIModalInteractionResponseCallbackData,
} from 'discord.js';
import { hasDiscordCode } from '../outgoing/discord-request-error.ts';
import { MAX_CHOICES, MAX_MESSAGE_CHARACTERS } from '../limits.ts';
import { shorten } from '../../lib/shorten.ts';
import { toHarmlessText } from '../markdown/harmless-text.ts';
import type { RequestBody } from '../outgoing/outgoing-request.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { toMessageBody } from '../reply/message-body.ts';

export type RequestSender = Pick<OutgoingBudget, 'send'>;

/** Which interaction is answered. */
export interface InteractionRef {
  readonly id: string;
  readonly token: string;
  readonly applicationId: string;
}

export function toRef({ id, token, application_id }: APIInteraction): InteractionRef {
  return { id, token, applicationId: application_id };
}

/** Discord gives up on an interaction that was not acknowledged within 3 s. */
const acknowledgeDeadlineMs = 2_800;

/** Shows "is thinking…", which `editResponse` replaces within 15 minutes. */
export async function deferResponse(
  sender: RequestSender,
  interaction: InteractionRef,
  isEphemeral: boolean,
): Promise<void> {
  const data = isEphemeral ? { flags: MessageFlags.Ephemeral } : {};
  await acknowledge(sender, interaction, {
    type: InteractionResponseType.DeferredChannelMessageWithSource,
    data,
  });
}

/** Shows nothing: what a button does is seen elsewhere. */
export async function deferUpdate(sender: RequestSender, interaction: InteractionRef): Promise<void> {
  await acknowledge(sender, interaction, { type: InteractionResponseType.DeferredMessageUpdate });
}

/** A word that only the person sees, after the acknowledgement. */
export async function followUpEphemerally(
  sender: RequestSender,
  { applicationId, token }: InteractionRef,
  text: string,
): Promise<void> {
  await sender.send({
    method: 'POST',
    path: Routes.webhook(applicationId, token),
    priority: 'acknowledgement',
    body: () => toBody(text, true),
  });
}

/** Answers at once and for good with a sentence that only the person sees. */
export async function respondEphemerally(
  sender: RequestSender,
  interaction: InteractionRef,
  text: string,
): Promise<void> {
  const data = toBody(text, true).json;
  await acknowledge(sender, interaction, { type: InteractionResponseType.ChannelMessageWithSource, data });
}

/** Opens a form before the person; what they write comes as an interaction of its own. */
export async function respondWithModal(
  sender: RequestSender,
  interaction: InteractionRef,
  modal: APIModalInteractionResponseCallbackData,
): Promise<void> {
  await acknowledge(sender, interaction, { type: InteractionResponseType.Modal, data: modal });
}

/** An autocomplete can show nothing but choices. */
export async function respondWithChoices(
  sender: RequestSender,
  interaction: InteractionRef,
  choices: readonly string[],
): Promise<void> {
  await acknowledge(sender, interaction, {
    type: InteractionResponseType.ApplicationCommandAutocompleteResult,
    data: { choices: choices.slice(0, MAX_CHOICES).map((choice) => ({ name: choice, value: choice })) },
  });
}

/** Puts the answer in the place of the acknowledgement. */
export async function editResponse(
  sender: RequestSender,
  interaction: InteractionRef,
  text: string,
): Promise<void> {
  await sender.send({
    method: 'PATCH',
    path: Routes.webhookMessage(interaction.applicationId, interaction.token, '@original'),
    priority: 'acknowledgement',
    body: () => toBody(text),
  });
}

/** A sentence for a person, in one message. It may quote what others wrote, such as what is remembered. */
function toBody(words: string, isEphemeral = false): RequestBody {
  return toMessageBody({ text: shorten(toHarmlessText(words), MAX_MESSAGE_CHARACTERS), isEphemeral });
}

async function acknowledge(
  sender: RequestSender,
  { id, token }: InteractionRef,
  json: Readonly<Record<string, unknown>>,
): Promise<void> {
  const request = {
    method: 'POST',
    path: Routes.interactionCallback(id, token),
    priority: 'acknowledgement',
    body: () => ({ json }),
    maxAttempts: 3,
    deadlineMs: acknowledgeDeadlineMs,
  } as const;
  try {
    await sender.send(request);
  } catch (error) {
    // An attempt whose answer was lost had arrived after all.
    if (!hasDiscordCode(error, RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged)) throw error;
  }
}
