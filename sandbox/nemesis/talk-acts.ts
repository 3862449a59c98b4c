import { pickKind, pickPlace, type Act } from './act.ts';
import { toName } from './answer.ts';
import type { Question } from './question.ts';
import type { Speaker } from './speaker.ts';

/** What everybody does all the time. */
export const talkActs: readonly Act[] = [
  {
    name: 'ask',
    weight: 50,
    perform(speaker) {
      speaker.ask(pickPlace(speaker), pickKind(speaker.options.random));
      return undefined;
    },
  },
  {
    name: 'ask in a row',
    weight: 12,
    perform(speaker) {
      const { random } = speaker.options;
      const place = pickPlace(speaker);
      for (let left = random.integer(2, 3); left > 0; left -= 1) speaker.ask(place, pickKind(random));
      return undefined;
    },
  },
  {
    name: 'reply',
    weight: 8,
    perform(speaker) {
      const { discord, places, random } = speaker.options;
      const place = pickPlace(speaker);
      const own = new Set(speaker.questions.map(({ messageId }) => messageId));
      const answer = discord
        .messages(places[place]?.channelId ?? '')
        .findLast(({ message_reference: reference }) => own.has(reference?.message_id ?? ''));
      speaker.ask(place, pickKind(random), { replyTo: answer?.id });
      return undefined;
    },
  },
  {
    name: 'stop',
    weight: 4,
    perform(speaker) {
      // Nobody waits for it before they go on.
      stop(speaker).catch((error: unknown) => {
        speaker.tell(String(error));
      });
      return undefined;
    },
  },
];

/** /stop, for everything of this person. */
export async function stop({ options, questions, tell }: Speaker): Promise<void> {
  const { discord, history, number, places, userId, unendedQuestions, seenOf } = options;
  const unended = unendedQuestions();
  const isWaiting = (question: Question): boolean =>
    unended?.has(question.messageId) === true && seenOf(question).length === 0;
  const waiting = questions.filter(isWaiting);
  const mark = (): void => {
    for (const question of questions) question.mayBeStopped = true;
  };
  mark();
  tell(`p${number} stops everything, of it ${waiting.map(toName).join(', ') || 'nothing'} waits`);
  try {
    const stopping = await discord.people.command(userId, places[0].channelId, 'stop');
    // It reaches what was asked until it takes effect.
    mark();
    const { content } = await stopping.answer();
    mark();
    tell(`p${number}'s stop was taken: ${content}`);
    if (!/^Stopped|^Nothing is waiting/.test(content)) return;
    for (const question of waiting) question.stoppedAt ??= history.now();
  } catch (error) {
    mark();
    tell(`p${number}'s stop failed: ${String(error)}`);
  }
}
