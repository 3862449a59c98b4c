import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { KeyedOrder } from '../../src/lib/keyed-order.ts';

function createScene() {
  const done: string[] = [];
  const order = new KeyedOrder();
  const run = (key: string, name: string, until: Promise<unknown> = Promise.resolve()): Promise<void> =>
    order.run(key, async () => {
      done.push(`${name} begins`);
      await until;
      done.push(`${name} ends`);
    });
  return { order, run, done };
}

test('what has nothing before it begins at once; the rest keeps the order of its key, and keys do not wait', async () => {
  const { order, run, done } = createScene();
  const slow = Promise.withResolvers<undefined>();
  const all = [run('a', 'one', slow.promise), run('a', 'two'), run('b', 'other')];
  expect(done).toEqual(['one begins', 'other begins']);
  await tick();
  expect(order.has('a')).toBe(true);
  expect(order.has('b')).toBe(false);
  slow.resolve(undefined);
  await Promise.all(all);
  expect(done.slice(2)).toEqual(['other ends', 'one ends', 'two begins', 'two ends']);
});

test('what only comes after holds nothing up', async () => {
  const { order, run, done } = createScene();
  const [slow, slower] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const all = [
    run('a', 'one', slow.promise),
    order.after('a', async () => {
      done.push('read');
      await slower.promise;
    }),
    run('a', 'two'),
  ];
  slow.resolve(undefined);
  await all[2];
  expect(done).toEqual(['one begins', 'one ends', 'read', 'two begins', 'two ends']);
  slower.resolve(undefined);
  await all[1];
});

test('work that is not wanted any more when its turn comes is not begun', async () => {
  const { order, run, done } = createScene();
  const slow = Promise.withResolvers<undefined>();
  const first = run('a', 'one', slow.promise);
  const controller = new AbortController();
  const second = order.run('a', () => Promise.resolve(done.push('two')), controller);
  controller.abort(new Error('too late'));
  slow.resolve(undefined);
  await expect(second).rejects.toThrow('too late');
  await first;
  expect(done).toEqual(['one begins', 'one ends']);
});

test('FAULTS 30: it keeps no key that nothing waits for, whatever fails', async () => {
  const { order } = createScene();
  const failure = new Error('failed');
  const works = Array.from({ length: 50 }, (_, index) =>
    order.run(`key${index % 7}`, () => (index % 2 === 0 ? Promise.resolve() : Promise.reject(failure))),
  );
  expect(order.size).toBe(7);
  await Promise.allSettled(works);
  expect(order.size).toBe(0);
});
