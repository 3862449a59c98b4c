import type { IncomingMessage, Place } from './incoming.ts';
import type { Settings } from './settings/settings.ts';
import type { Threads } from './threads.ts';
import { toQuestionText, type ToRunOptions } from './to-run.ts';

/** Where the answer to a message goes: beside it, or in a thread that is opened for it. */
export interface AnswerPlaces {
  needsThread(message: IncomingMessage, settings: Settings): boolean;
  /** Opens the thread. Where that is not possible, the answer stays where it was asked for and says so. */
  openThread(message: IncomingMessage, settings: Settings): Promise<ToRunOptions | 'gone'>;
}

export function createAnswerPlaces(threads: Threads | undefined, botUserId: () => string): AnswerPlaces {
  return {
    needsThread(message, settings) {
      if (!threads || message.place.kind !== 'channel') return false;
      return settings.mode === 'threads' || toQuestionText(message, botUserId()).isWished;
    },
    async openThread(message, settings) {
      const { id, place, author } = message;
      if (!threads || place.guildId === null) return {};
      const opening = await threads.open({
        guildId: place.guildId,
        channelId: place.channelId,
        messageId: id,
        text: toQuestionText(message, botUserId()).text,
        requester: author,
        // In a channel of threads it is the moderators who want one.
        roleIds: settings.mode === 'threads' ? null : author.roleIds,
      });
      if (opening.kind === 'gone') return 'gone';
      if (opening.kind === 'refused') return { notice: `${opening.reason} So I answer here.` };
      return { place: toThreadPlace(place, opening.channelId) };
    },
  };
}

function toThreadPlace(parent: Place, channelId: string): Place {
  return { ...parent, kind: 'thread', channelId, parentId: parent.channelId, isOwnThread: true };
}
