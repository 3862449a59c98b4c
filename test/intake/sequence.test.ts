import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Sequence } from '../../src/intake/sequence.ts';

function createScene() {
  const done: string[] = [];
  const errors: unknown[] = [];
  const sequence = new Sequence((error) => errors.push(error));
  const run = (key: string, name: string, until?: Promise<unknown>): void => {
    sequence.run(key, () => {
      if (!until) {
        done.push(name);
        return undefined;
      }
      return until.then(() => {
        done.push(name);
      });
    });
  };
  return { sequence, run, done, errors };
}

test('what takes no time is done at once', () => {
  const { run, done, sequence } = createScene();
  run('a', 'one');
  expect(done).toEqual(['one']);
  expect(sequence.size).toBe(0);
});

test('what comes behind something slow keeps its order; other keys do not wait', async () => {
  const { run, done, sequence } = createScene();
  const first = Promise.withResolvers<undefined>();
  const third = Promise.withResolvers<undefined>();
  run('a', 'one', first.promise);
  run('a', 'two');
  run('a', 'three', third.promise);
  run('a', 'four');
  run('b', 'other');
  expect(done).toEqual(['other']);
  third.resolve(undefined);
  await tick();
  expect(done).toEqual(['other']);
  first.resolve(undefined);
  await tick();
  expect(done).toEqual(['other', 'one', 'two', 'three', 'four']);
  expect(sequence.size, 'idle keys are forgotten').toBe(0);
});

test('an act that fails holds up nothing', async () => {
  const { run, done, errors, sequence } = createScene();
  const broken = new Error('broken');
  run('a', 'one', Promise.reject(broken));
  sequence.run('a', () => {
    throw broken;
  });
  run('a', 'three');
  await tick();
  expect(done).toEqual(['three']);
  expect(errors).toEqual([broken, broken]);
  expect(sequence.size).toBe(0);
});
