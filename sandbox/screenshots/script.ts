import { lastQuestion } from '../model/scripts.ts';
import type { ScriptedReply, ScriptedRequest } from '../model/types.ts';

const BITTER = `Use water of **70–80 °C** and steep for two minutes at most: hotter or longer draws out what tastes bitter.

- Fill the pot with boiling water and let it stand for five minutes, or
- mix four parts of boiling water with one of cold.`;

const TASTING = `Here is a plan for six people and an hour and a half:

1. **White tea** first, since it is the mildest. Two grams each, 75 °C, four minutes.
2. **Green tea**, the same leaves twice: 70 °C for one minute, then 80 °C for two.
3. **Oolong**, in small cups. Rinse the leaves, then steep five times for half a minute, and let everybody write down what changes.
4. **Black tea** last, with milk for those who want it, and something to eat: cheese goes well with it, sweets hide it.`;

const FRIDAY = `Three things are open:

- **When:** seven o'clock suits Ben and Chloé.
- **What:** one tea for each of you, fifty grams of it.
- **Where:** the room upstairs has one kettle; you will want two.`;

const SHARES = `The lightest, at the left, for **4 minutes** at 75 °C; the darkest for **3 minutes** at 95 °C. Green tea in the middle wants no more than 2.

The table is in the file, so that you can print it.`;

const table = 'tea,temperature in °C,minutes\nwhite,75,4\ngreen,75,2\nblack,95,3\n';

/** What the model says in the pictures of the documentation. */
export function answerForPicture(request: ScriptedRequest): ScriptedReply {
  const [first] = request.messages;
  if (String(first?.content).startsWith('Write a title')) return { text: 'The tasting on Friday' };
  const question = lastQuestion(request);
  if (/six people/.test(question)) return { text: TASTING, tokenMs: 90, chunkCharacters: 6 };
  if (/Friday/.test(question)) return { text: FRIDAY };
  if (/kettle/.test(question))
    return { text: 'Then there are two kettles, and nobody waits. I note it: **Ben brings a kettle.**' };
  if (!/minutes/.test(question)) return { text: BITTER };
  if (request.messages.at(-1)?.role === 'tool') return { text: SHARES };
  return { toolCalls: [{ name: 'create_file', arguments: { name: 'steeping.csv', content: table } }] };
}
