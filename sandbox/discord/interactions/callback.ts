import { InteractionResponseType as Response, InteractionType } from 'discord-api-types/v10';
import { z } from 'zod';
import type { Core } from '../core.ts';
import type { UploadedFile } from '../files/file-store.ts';
import { invalidField, refusals } from '../rest/api-error.ts';
import { modal } from '../rest/schemas/component.ts';
import { messageCreateBody, messageEditBody } from '../rest/schemas/message.ts';
import { parseBody } from '../rest/validation.ts';
import { editShown, isPrivate, showMessage } from './answers.ts';
import type { InteractionRecord } from './interaction-store.ts';

const callbackBody = z.object({
  type: z.literal([
    Response.ChannelMessageWithSource,
    Response.DeferredChannelMessageWithSource,
    Response.DeferredMessageUpdate,
    Response.UpdateMessage,
    Response.ApplicationCommandAutocompleteResult,
    Response.Modal,
  ]),
  data: z.unknown().optional(),
});

const choicesData = z.object({
  choices: z
    .array(
      z.object({
        name: z.string().min(1).max(100),
        value: z.union([z.string().max(100), z.number()]),
      }),
    )
    .max(25),
});

const deferredData = z.object({ flags: z.int().nullish() }).nullish();

type AnswerType = z.output<typeof callbackBody>['type'];

/** The kinds of interaction that each kind of answer suits. */
const suitable: Readonly<Record<AnswerType, readonly InteractionType[]>> = {
  [Response.ChannelMessageWithSource]: [
    InteractionType.ApplicationCommand,
    InteractionType.MessageComponent,
    InteractionType.ModalSubmit,
  ],
  [Response.DeferredChannelMessageWithSource]: [
    InteractionType.ApplicationCommand,
    InteractionType.MessageComponent,
    InteractionType.ModalSubmit,
  ],
  [Response.DeferredMessageUpdate]: [InteractionType.MessageComponent, InteractionType.ModalSubmit],
  [Response.UpdateMessage]: [InteractionType.MessageComponent, InteractionType.ModalSubmit],
  [Response.ApplicationCommandAutocompleteResult]: [InteractionType.ApplicationCommandAutocomplete],
  [Response.Modal]: [InteractionType.ApplicationCommand, InteractionType.MessageComponent],
};

/** Takes the application's first answer to an interaction: once, and within the window. */
export function acknowledge(
  core: Core,
  record: InteractionRecord,
  body: unknown,
  files: readonly UploadedFile[],
): { type: Response } {
  if (record.answer !== 'none') throw refusals.alreadyAcknowledged();
  if (Date.now() - record.createdAtMs > core.settings.interactionWindowMs)
    throw refusals.unknownInteraction();
  const { type, data } = parseBody(callbackBody, body);
  if (!suitable[type].includes(record.type)) {
    throw invalidField(['type'], 'BASE_TYPE_CHOICES', 'This type does not suit the interaction.');
  }
  if (
    (type === Response.DeferredMessageUpdate || type === Response.UpdateMessage) &&
    record.source === null
  ) {
    throw invalidField(['type'], 'BASE_TYPE_CHOICES', 'There is no message to update.');
  }
  answer(core, record, type, data, files);
  core.interactions.changed(record);
  return { type };
}

function answer(
  core: Core,
  record: InteractionRecord,
  type: AnswerType,
  data: unknown,
  files: readonly UploadedFile[],
): void {
  switch (type) {
    case Response.ChannelMessageWithSource: {
      const message = parseData(messageCreateBody, data ?? {});
      const ephemeral = isPrivate(core, record, message.flags);
      record.original = showMessage(core, record, message, files, { ephemeral, isOriginal: true });
      record.answer = 'message';
      return;
    }
    case Response.DeferredChannelMessageWithSource: {
      const ephemeral = isPrivate(core, record, parseData(deferredData, data)?.flags);
      record.isEphemeral = ephemeral;
      record.original = showMessage(core, record, {}, [], { ephemeral, isOriginal: true, isLoading: true });
      record.answer = 'deferred';
      return;
    }
    case Response.DeferredMessageUpdate:
      record.original = record.source;
      record.answer = 'deferred-update';
      return;
    case Response.UpdateMessage:
      if (record.source !== null) {
        editShown(core, record, record.source, parseData(messageEditBody, data ?? {}), files);
      }
      record.original = record.source;
      record.answer = 'update';
      return;
    case Response.ApplicationCommandAutocompleteResult:
      record.choices = parseData(choicesData, data).choices;
      record.answer = 'choices';
      return;
    case Response.Modal:
      record.modal = parseData(modal, data);
      record.answer = 'modal';
      return;
  }
}

/** The errors of `data` stand below it. */
function parseData<S extends z.ZodType>(schema: S, data: unknown): z.output<S> {
  return parseBody(schema, data, ['data']);
}
