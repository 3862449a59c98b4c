import { MessageFlags } from 'discord-api-types/v10';
import type { Core } from '../../core.ts';
import { deleteShown, editShown, followUp, isLoading, isThere } from '../../interactions/answers.ts';
import { acknowledge } from '../../interactions/callback.ts';
import type { InteractionRecord } from '../../interactions/interaction-store.ts';
import type { MessageState } from '../../world/entities.ts';
import { toMessage } from '../../world/message-view.ts';
import { refusals } from '../api-error.ts';
import { param, type RestRequest, type Route } from '../router.ts';
import { messageCreateBody, messageEditBody } from '../schemas/message.ts';
import { parseBody } from '../validation.ts';

const createBucket = { name: 'webhook creates', limit: 5, windowMs: 2_000 };
const editBucket = { name: 'webhook edits', limit: 5, windowMs: 5_000 };
const webhook = '/webhooks/:applicationId/:interactionToken';

/** Answered by token alone; the global limit does not count them. */
export function createInteractionRoutes(): Route[] {
  const routes: Omit<Route, 'isInteraction'>[] = [
    {
      method: 'POST',
      path: '/interactions/:interactionId/:interactionToken/callback',
      handle(request) {
        const { core, query, body, files } = request;
        const record = core.interactions.byId(param(request, 'interactionId'));
        if (record?.token !== param(request, 'interactionToken')) throw refusals.unknownInteraction();
        const { type } = acknowledge(core, record, body, files);
        return query.get('with_response') === 'true' ? { body: toCallbackResponse(core, record, type) } : {};
      },
    },
    {
      method: 'POST',
      path: webhook,
      bucket: createBucket,
      handle(request) {
        const record = recordOf(request);
        const body = parseBody(messageCreateBody, request.body ?? {});
        return toAnswer(request, followUp(request.core, record, body, request.files));
      },
    },
    {
      method: 'GET',
      path: `${webhook}/messages/:messageId`,
      handle: (request) => toAnswer(request, shownOf(request, recordOf(request))),
    },
    {
      method: 'PATCH',
      path: `${webhook}/messages/:messageId`,
      bucket: editBucket,
      handle(request) {
        const record = recordOf(request);
        const state = shownOf(request, record);
        const body = parseBody(messageEditBody, request.body ?? {});
        editShown(request.core, record, state, body, request.files);
        return toAnswer(request, state);
      },
    },
    {
      method: 'DELETE',
      path: `${webhook}/messages/:messageId`,
      handle(request) {
        const record = recordOf(request);
        deleteShown(request.core, record, shownOf(request, record));
        return {};
      },
    },
  ];
  return routes.map((route) => ({ ...route, isInteraction: true }));
}

function recordOf(request: RestRequest): InteractionRecord {
  const { core } = request;
  const record = core.interactions.byToken(param(request, 'interactionToken'));
  if (record === undefined || param(request, 'applicationId') !== core.settings.applicationId) {
    throw refusals.unknownWebhook();
  }
  if (record.answer === 'none') throw refusals.unknownWebhook();
  if (Date.now() - record.createdAtMs > core.settings.interactionTokenMs)
    throw refusals.invalidWebhookToken();
  return record;
}

function shownOf(request: RestRequest, record: InteractionRecord): MessageState {
  const id = param(request, 'messageId');
  const state = id === '@original' ? record.original : record.shown.find(({ message }) => message.id === id);
  const isFound = state !== null && state !== undefined && isThere(request.core, record, state);
  if (!isFound) throw refusals.unknownMessage();
  return state;
}

function toAnswer({ core }: RestRequest, state: MessageState): { body: object } {
  return { body: toMessage(core.world, state, core.bot.id) };
}

function toCallbackResponse(core: Core, record: InteractionRecord, type: number): object {
  const { original } = record;
  return {
    interaction: {
      id: record.id,
      type: record.type,
      ...(original === null
        ? {}
        : {
            response_message_id: original.message.id,
            response_message_loading: isLoading(original),
            response_message_ephemeral: ((original.message.flags ?? 0) & MessageFlags.Ephemeral) !== 0,
          }),
    },
    resource: {
      type,
      ...(original === null || record.answer === 'deferred-update'
        ? {}
        : { message: toMessage(core.world, original, core.bot.id) }),
    },
  };
}
