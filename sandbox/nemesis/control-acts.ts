import { pause, pickKind, pickPlace, type Act } from './act.ts';
import { nameOfTag, toName } from './answer.ts';
import { lastChangeAt, type Press, type Question } from './question.ts';
import type { Seen } from './sightings.ts';
import type { Speaker } from './speaker.ts';

/** How far back people look for an answer of which they want something. */
const RECENT = 4;
/** What is not changed for so long is at rest. */
const AT_REST_MS = 10_000;
const ANSWER_TIMEOUT_MS = 5_000;

/** What is done with answers: by their buttons, by hand, by a command. */
export const controlActs: readonly Act[] = [
  {
    name: 'retry',
    weight: 6,
    kind: 'retry',
    async perform(speaker, signal) {
      const { random } = speaker.options;
      const back = random.integer(1, RECENT);
      const waitMs = random.integer(0, 2_500);
      const then = random.pick(['nothing', 'edit', 'remove', 'ask']);
      const kind = pickKind(random);
      const question = findAnswered(speaker).at(-back);
      if (!question || !press(speaker, question, 'retry')) return;
      await pause(speaker, waitMs, signal);
      if (then === 'edit') speaker.edit(question, kind);
      if (then === 'remove') speaker.remove(question);
      if (then === 'ask' && !question.wantsThread) speaker.ask(question.place, kind);
    },
  },
  {
    name: 'delete an answer with its button',
    weight: 2,
    kind: 'removals',
    perform(speaker) {
      const back = speaker.options.random.integer(1, RECENT);
      const question = findAnswered(speaker).at(-back);
      if (question) press(speaker, question, 'delete');
      return undefined;
    },
  },
  {
    name: 'delete an answer by hand',
    weight: 3,
    kind: 'removals',
    perform(speaker) {
      const { discord, history, moderatorId, random, seenOf } = speaker.options;
      const back = random.integer(1, RECENT);
      const question = findAnswered(speaker)
        .filter((each) => !each.isDirect && lastChangeAt(each) < history.now() - AT_REST_MS)
        .at(-back);
      const [answer, ...more] = question ? seenOf(question) : [];
      if (!question || !answer || more.length > 0) return undefined;
      question.answerRemovedAt = history.now();
      speaker.tell(`${toName(question)} loses its answer: a moderator deletes message ${answer.messageId}`);
      discord.people.deleteMessage(moderatorId, answer.messageId);
      return undefined;
    },
  },
  {
    name: 'reset',
    weight: 2,
    kind: 'clock',
    perform: (speaker) => reset(speaker, pickPlace(speaker)),
  },
];

/** Questions whose answers stand there whole and belong to nothing else. */
function findAnswered(speaker: Speaker): readonly Question[] {
  const isAlone = (question: Question, { tags }: Seen): boolean =>
    tags.length > 0 && tags.every((tag) => nameOfTag(tag) === toName(question));
  return speaker.standing().filter((question) => {
    const seen = speaker.options.seenOf(question);
    return seen.length > 0 && seen.every((one) => isAlone(question, one));
  });
}

/** False: the answer has no such button (yet). */
function press(speaker: Speaker, question: Question, action: Press['action']): boolean {
  const { discord, history, userId, seenOf } = speaker.options;
  const last = seenOf(question).at(-1);
  const message = last && discord.message(last.channelId, last.messageId);
  const customId = new RegExp(`"custom_id":"(${action}:\\d+)"`).exec(
    JSON.stringify(message?.components ?? []),
  )?.[1];
  if (!message || customId === undefined) return false;
  let said = (): readonly unknown[] => [];
  const pressed: Press = {
    action,
    at: history.now(),
    takenAt: undefined,
    wasRefused: () => said().length > 0,
  };
  question.presses.push(pressed);
  speaker.tell(`${toName(question)} has ${action} pressed`);
  discord.people
    .press(userId, message.id, customId)
    .then((interaction) => {
      pressed.takenAt = history.now();
      // Whoever gets what they want is told nothing; the message with the button is not said to them.
      said = () => interaction.messages().filter(({ id }) => id !== message.id);
      return 'was taken';
    })
    .catch((error: unknown) => `failed: ${String(error)}`)
    .then((what) => {
      speaker.tell(`${toName(question)} had ${action} pressed, which ${what}`);
    })
    .catch((error: unknown) => {
      speaker.tell(String(error));
    });
  return true;
}

/** /reset in a place: what was asked there until now is forgotten. */
async function reset({ options, questions, tell }: Speaker, place: number): Promise<void> {
  const { discord, history, number, places, userId } = options;
  const conversation = `p${number} c${place}`;
  const before = questions.filter((question) => question.conversation === conversation);
  for (const question of before) {
    question.mayBeReset = true;
    question.mayBeStopped = true;
  }
  tell(`p${number} resets c${place}`);
  try {
    const channelId = places[place]?.channelId ?? '';
    const { content } = await (
      await discord.people.command(userId, channelId, 'reset')
    ).answer(ANSWER_TIMEOUT_MS);
    tell(`p${number}'s reset was taken: ${content}`);
    if (!content.startsWith('I have forgotten')) return;
    for (const question of before) question.resetAt = history.now();
  } catch (error) {
    tell(`p${number}'s reset failed: ${String(error)}`);
  }
}
