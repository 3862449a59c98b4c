import { pause, pickKind, type Act } from './act.ts';
import type { Question } from './question.ts';
import type { Speaker } from './speaker.ts';

/** Questions that are answered in threads. */
export const threadActs: readonly Act[] = [
  {
    name: 'ask where threads are opened',
    weight: 7,
    kind: 'threads',
    perform(speaker) {
      const { places, random } = speaker.options;
      speaker.ask(
        places.findIndex(({ isOfThreads }) => isOfThreads),
        pickKind(random),
      );
      return undefined;
    },
  },
  {
    name: 'wish for a thread, and ask on beside it',
    weight: 5,
    kind: 'threads',
    async perform(speaker, signal) {
      const { random } = speaker.options;
      const [first, second] = [pickKind(random), pickKind(random)];
      const waitMs = random.integer(0, 400);
      speaker.ask(0, first, { wishesThread: true });
      await pause(speaker, waitMs, signal);
      speaker.ask(0, second);
    },
  },
  {
    name: 'ask on in a thread',
    weight: 6,
    kind: 'threads',
    perform(speaker) {
      const kind = pickKind(speaker.options.random);
      const root = latestThread(speaker);
      if (root) speaker.ask(root.place, kind, { inThreadOf: root });
      return undefined;
    },
  },
];

function latestThread({ questions, options: { discord } }: Speaker): Question | undefined {
  const open = new Set(discord.channels().map(({ id }) => id));
  return questions.findLast(({ wantsThread, messageId }) => wantsThread && open.has(messageId));
}
