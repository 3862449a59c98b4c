import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createConversationMemory } from '../../src/memory/conversation-memory.ts';
import { toTurn } from '../contracts/conversation-memory.contract.ts';
import { ScriptedStore } from './scripted-store.ts';

type Step =
  | { kind: 'append' | 'load' | 'reset' | 'wait' | 'restart' }
  | { kind: 'remove'; run: number }
  | { kind: 'fail'; operation: 'get' | 'set'; times: number; afterEffect: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ kind: 'append' }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ kind: 'load' }, { kind: 'wait' }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'reset' }, { kind: 'restart' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), run: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      operation: fc.constantFrom('get' as const, 'set' as const),
      times: fc.integer({ min: 1, max: 4 }),
      afterEffect: fc.boolean(),
    }),
  },
);

interface Done {
  readonly step: Step;
  /** The place in the history; also the run id and time of an append. */
  readonly at: number;
  isAcknowledged: boolean;
}

/** Makes the steps without waiting for one another, except where a step says so. */
async function play(steps: readonly Step[]) {
  const store = new ScriptedStore();
  const options = {
    store,
    log: { warn: () => undefined },
    retry: { maxAttempts: 2, minDelayMs: 0, maxDelayMs: 0 },
  };
  let memory = createConversationMemory(options);
  const done: Done[] = [];
  const waiting: Promise<unknown>[] = [];
  for (const [at, step] of steps.entries()) {
    const entry: Done = { step, at, isAcknowledged: false };
    done.push(entry);
    const track = (call: Promise<unknown>): void => {
      waiting.push(
        call.then(
          () => (entry.isAcknowledged = true),
          () => undefined,
        ),
      );
    };
    if (step.kind === 'append') track(memory.append('a', toTurn(`${at}`, at)));
    else if (step.kind === 'load') track(memory.load('a'));
    else if (step.kind === 'reset') track(memory.reset('a', at));
    else if (step.kind === 'remove') track(memory.removeTurn('a', `${step.run}`, at));
    else if (step.kind === 'fail') {
      store.failures[step.operation] = step.times;
      store.failsAfterEffect = step.afterEffect;
    } else if (step.kind === 'wait') await new Promise(setImmediate);
    else {
      await memory.flush();
      memory = createConversationMemory(options);
    }
  }
  await memory.flush();
  await Promise.all(waiting);
  store.failures.get = store.failures.set = 0;
  const kept = await createConversationMemory(options).load('a');
  return { done, kept: kept.map(({ runId }) => Number(runId)) };
}

test('FAULTS 28: through any failures, what was acknowledged stays and what was forgotten stays away', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { done, kept } = await play(steps);
      expect(kept).toEqual(kept.toSorted((a, b) => a - b));
      for (const append of done.filter((entry) => entry.step.kind === 'append')) {
        const endings = done.filter(
          ({ step, at }) =>
            at > append.at && (step.kind === 'reset' || (step.kind === 'remove' && step.run === append.at)),
        );
        const isForgotten = endings.some(({ isAcknowledged }) => isAcknowledged);
        if (isForgotten) expect(kept).not.toContain(append.at);
        else if (append.isAcknowledged && endings.length === 0) expect(kept).toContain(append.at);
      }
    }),
    {
      numRuns: 300,
      examples: [
        [
          [
            { kind: 'remove', run: 1 },
            { kind: 'append' },
            { kind: 'append' },
            { kind: 'fail', operation: 'set', times: 1, afterEffect: true },
          ],
        ],
      ],
    },
  );
});
