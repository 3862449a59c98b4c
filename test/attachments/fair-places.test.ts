import { expect, test } from 'vitest';
import { createFairPlaces } from '../../src/attachments/fair-places.ts';
import { sleep } from '../../src/lib/abort.ts';

/** Work that ends when it is told to, and the order in which it began. */
function createScene(capacity: number, capacityPerUser: number) {
  const places = createFairPlaces({ capacity, capacityPerUser });
  const begun: string[] = [];
  const add = (name: string, amount = 1, signal = new AbortController().signal) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const [userId = ''] = name.split(' ');
    const done = places.hold(userId, amount, signal, () => {
      begun.push(name);
      return promise;
    });
    const end = async (): Promise<void> => {
      resolve(undefined);
      await done;
      await sleep(0);
    };
    return { end, done };
  };
  return { places, begun, add };
}

test('one person never holds all of it, and another begins at once', async () => {
  const { add, begun } = createScene(2, 1);
  for (let index = 1; index <= 10; index += 1) add(`mallory ${index}`);
  add('ann 1');
  await sleep(0);
  expect(begun).toEqual(['mallory 1', 'ann 1']);
});

test('who had less of it goes before who had more, whoever came first', async () => {
  const { add, begun } = createScene(1, 1);
  const first = add('mallory 1');
  const second = add('mallory 2');
  add('mallory 3');
  const ann = add('ann 1');
  await sleep(5);
  await first.end();
  expect(begun.at(-1)).toBe('ann 1');
  await ann.end();
  expect(begun.at(-1)).toBe('mallory 2');
  add('bob 1');
  await second.end();
  expect(begun.at(-1)).toBe('bob 1');
});

test('something large is not overtaken for ever by what is small', async () => {
  const { add, begun } = createScene(10, 10);
  const small = add('ann 1', 4);
  add('bob 1', 10);
  add('cleo 1', 1);
  await sleep(0);
  expect(begun).toEqual(['ann 1']);
  await small.end();
  expect(begun).toEqual(['ann 1', 'bob 1']);
});

test('who gives up waiting is forgotten, and makes room for who stands behind', async () => {
  const { add, begun } = createScene(10, 10);
  add('ann 1', 4);
  const stopped = new AbortController();
  const bob = add('bob 1', 10, stopped.signal);
  add('cleo 1', 1);
  stopped.abort(new Error('stopped'));
  await expect(bob.done).rejects.toThrow('stopped');
  expect(begun).toEqual(['ann 1', 'cleo 1']);
});

test('work that fails gives its place back, and more than there is means all of it', async () => {
  const { places, add, begun } = createScene(2, 2);
  const { signal } = new AbortController();
  const failing = places.hold('ann', 100, signal, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  add('bob 1', 2);
  await sleep(0);
  expect(begun).toEqual(['bob 1']);
});
