import { pause, pickKind, type Act } from './act.ts';
import type { Question } from './question.ts';
import type { Speaker } from './speaker.ts';
import { stop } from './talk-acts.ts';

/** What is said while the bot is at work on something that takes steps. */
export const steeringActs: readonly Act[] = [
  {
    name: 'say more while it answers',
    weight: 9,
    kind: 'steering',
    async perform(speaker, signal) {
      const { random, places } = speaker.options;
      const others = [...places.keys()].filter((index) => isSteered(speaker, index));
      const place = others[random.integer(0, Math.max(0, others.length - 1))];
      const more = random.integer(1, 2);
      const kinds = [pickKind(random), pickKind(random)];
      const waitsMs = [random.integer(200, 1_500), random.integer(0, 600), random.integer(0, 900)];
      const then = random.pick([
        'nothing',
        'nothing',
        'edit first',
        'edit',
        'remove',
        'remove first',
        'stop',
      ]);
      if (place === undefined) return;
      const first = speaker.ask(place, 'steps');
      await pause(speaker, waitsMs[0] ?? 0, signal);
      const joining: Question[] = [];
      for (const kind of kinds.slice(0, more)) {
        joining.push(speaker.ask(place, kind));
        await pause(speaker, waitsMs[1] ?? 0, signal);
      }
      await pause(speaker, waitsMs[2] ?? 0, signal);
      await changeOne(speaker, then, { first, last: joining.at(-1) ?? first });
    },
  },
];

function isSteered({ options: { places } }: Speaker, index: number): boolean {
  const place = places[index];
  return place !== undefined && !place.isOfThreads && place.whileRunning !== 'queue';
}

async function changeOne(
  speaker: Speaker,
  then: string,
  { first, last }: { readonly first: Question; readonly last: Question },
): Promise<void> {
  const changed = then.endsWith('first') ? first : last;
  if (then.startsWith('edit')) speaker.edit(changed, 'tools');
  if (then.startsWith('remove')) speaker.remove(changed);
  if (then === 'stop') await stop(speaker);
}
