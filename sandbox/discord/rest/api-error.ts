/** Discord's tree of validation errors: `{ field: { _errors: [{ code, message }] } }`. */
export interface ErrorTree {
  [field: string]: ErrorTree | readonly { readonly code: string; readonly message: string }[];
}

/** What Discord refuses, as its REST API says it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: ErrorTree | undefined;

  constructor(status: number, code: number, message: string, errors?: ErrorTree) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  toBody(): object {
    return this.errors === undefined
      ? { message: this.message, code: this.code }
      : { message: this.message, code: this.code, errors: this.errors };
  }
}

/** A refusal of one field, at its path in the body. */
export function invalidField(path: readonly (string | number)[], code: string, message: string): ApiError {
  let tree: ErrorTree = { _errors: [{ code, message }] };
  for (const key of path.toReversed()) tree = { [String(key)]: tree };
  return new ApiError(400, 50035, 'Invalid Form Body', tree);
}

/** The refusals that have a code and nothing more, by name. */
export const refusals = {
  notFound: () => new ApiError(404, 0, '404: Not Found'),
  unauthorized: () => new ApiError(401, 0, '401: Unauthorized'),
  unknownApplication: () => new ApiError(404, 10002, 'Unknown Application'),
  unknownChannel: () => new ApiError(404, 10003, 'Unknown Channel'),
  unknownGuild: () => new ApiError(404, 10004, 'Unknown Guild'),
  unknownMember: () => new ApiError(404, 10007, 'Unknown Member'),
  unknownMessage: () => new ApiError(404, 10008, 'Unknown Message'),
  unknownRole: () => new ApiError(404, 10011, 'Unknown Role'),
  unknownUser: () => new ApiError(404, 10013, 'Unknown User'),
  unknownEmoji: () => new ApiError(400, 10014, 'Unknown Emoji'),
  unknownWebhook: () => new ApiError(404, 10015, 'Unknown Webhook'),
  unknownInteraction: () => new ApiError(404, 10062, 'Unknown interaction'),
  unknownCommand: () => new ApiError(404, 10063, 'Unknown application command'),
  tooManyReactions: () => new ApiError(400, 30010, 'Maximum number of reactions reached (20)'),
  tooManyOldEdits: () =>
    new ApiError(
      429,
      30046,
      'Maximum number of edits to messages older than 1 hour reached. Try again later',
    ),
  entityTooLarge: () => new ApiError(413, 40005, 'Request entity too large'),
  alreadyAcknowledged: () => new ApiError(400, 40060, 'Interaction has already been acknowledged.'),
  tooManyFollowups: () =>
    new ApiError(400, 40094, 'This interaction has reached its maximum number of follow up messages'),
  missingAccess: () => new ApiError(403, 50001, 'Missing Access'),
  cannotExecuteOnDirectMessage: () => new ApiError(403, 50003, 'Cannot execute action on a DM channel'),
  notTheAuthor: () => new ApiError(403, 50005, 'Cannot edit a message authored by another user'),
  emptyMessage: () => new ApiError(400, 50006, 'Cannot send an empty message'),
  cannotMessageUser: () => new ApiError(403, 50007, 'Cannot send messages to this user'),
  notTextChannel: () => new ApiError(400, 50008, 'Cannot send messages in a non-text channel'),
  missingPermissions: () => new ApiError(403, 50013, 'Missing Permissions'),
  badBulkDelete: () =>
    new ApiError(
      400,
      50016,
      'Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete',
    ),
  systemMessage: () => new ApiError(403, 50021, 'Cannot execute action on a system message'),
  wrongChannelType: () => new ApiError(400, 50024, 'Cannot execute action on this channel type'),
  invalidWebhookToken: () => new ApiError(401, 50027, 'Invalid Webhook Token'),
  tooOldForBulkDelete: () =>
    new ApiError(400, 50034, 'You can only bulk delete messages that are under 14 days old.'),
  archivedThread: () => new ApiError(400, 50083, 'Thread is archived'),
  badJson: () => new ApiError(400, 50109, 'The request body contains invalid JSON.'),
  reactionBlocked: () => new ApiError(403, 90001, 'Reaction was blocked'),
  noHistoryForReply: () =>
    new ApiError(403, 160002, 'Cannot reply without permission to read message history'),
  threadExists: () => new ApiError(400, 160004, 'A thread has already been created for this message'),
  lockedThread: () => new ApiError(403, 160005, 'Thread is locked'),
} as const;
