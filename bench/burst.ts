import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startScene, type Scene } from './bot/measure-bot.ts';
import { startLoad } from './burst/load.ts';

const usage = `Usage: npm run bench -- burst [options]

  So many people ask at once, again and again, on a machine that has other things to do: a burst waits its turn, and
  every question is answered, whole and once. The bot is the process that an operator starts, with its own bounds for
  a late event loop and for what waits; Discord and the model are processes of their own. Exit code 1 where an answer
  is missing, or stands there twice.

  --people 1000   who ask at once
  --times 10      in turns
  --load N        processes beside it that take all they get (one for each core)`;

const TOKENS = 40;
const FIRST_TOKEN_MS = 300;
const TOKEN_MS = 20;
const TIMEOUT_MS = 300_000;
/** As the product has it by itself; other benchmarks set it aside. */
const OWN_MAX_DELAY_MS = '250';

export async function benchmarkBurst(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'string', default: '1000' },
      times: { type: 'string', default: '10' },
      load: { type: 'string', default: String(availableParallelism()) },
      help: { type: 'boolean', default: false },
    },
  });
  const [people, times, load] = [values.people, values.times, values.load].map(Number);
  if (values.help || !people || !times || load === undefined || !(load >= 0)) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-burst-'));
  try {
    await using scene = await startScene({ directory, nodeOptions: [] }, 'burst', {
      people,
      rateLimits: 'off',
      environment: { MAX_EVENT_LOOP_DELAY_MS: OWN_MAX_DELAY_MS },
    });
    const missing = await askTimes(scene, { people, times, load });
    if (missing > 0) process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Returns how many questions did not have one whole answer. */
async function askTimes(
  { discord, model, bot }: Scene,
  { people, times, load }: { people: number; times: number; load: number },
): Promise<number> {
  await model.call('behave', {
    firstTokenMs: FIRST_TOKEN_MS,
    tokenMs: TOKEN_MS,
    tokens: TOKENS,
    tools: false,
  });
  using stack = new DisposableStack();
  stack.use(startLoad(load));
  let answered = 0;
  let duplicated = 0;
  for (let time = 1; time <= times; time += 1) {
    await bot.call('beginWork');
    const crowd = { people, tokens: TOKENS, modelMs: FIRST_TOKEN_MS, timeoutMs: TIMEOUT_MS };
    const result = await discord.call('ask', crowd);
    const { loopDelayP99Ms, loopDelayMaxMs, wallMs } = await bot.call('endWork');
    answered += result.answered;
    duplicated += result.duplicated;
    console.log(
      `${String(time)}: ${String(result.answered)} of ${String(people)} answered in ${(wallMs / 1_000).toFixed(1)} s, ` +
        `first text p99 ${(result.firstText.p99 / 1_000).toFixed(1)} s, event loop late p99 ` +
        `${loopDelayP99Ms.toFixed(0)} ms, max ${loopDelayMaxMs.toFixed(0)} ms`,
    );
  }
  const asked = people * times;
  console.log(
    `\n${answered.toLocaleString('en')} of ${asked.toLocaleString('en')} answered, ${String(duplicated)} twice.`,
  );
  return asked - answered + duplicated;
}
