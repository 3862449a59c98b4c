import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lanes, type LaneLimits, type LaneTask } from '../../src/runs/lanes.ts';

const roomy: LaneLimits = {
  maxConcurrent: 100,
  maxConcurrentPerUser: 100,
  maxPending: 1_000,
  maxPendingPerUser: 1_000,
};

/** Lanes whose tasks end when the test says so; remembers what happened in which order. */
function createHarness(limits: Partial<LaneLimits> = {}) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const leaves = new Map<string, () => void>();
  const lanes = new Lanes<LaneTask>({ ...roomy, ...limits }, (task, leavePlace) => {
    started.push(task.id);
    leaves.set(task.id, leavePlace);
    return new Promise((resolve) => ends.set(task.id, resolve));
  });
  let count = 0;
  return {
    lanes,
    started,
    leave: (id: string) => leaves.get(id)?.(),
    submit(userId: string, key = `${userId}/${String(count)}`) {
      count += 1;
      const id = `${userId}${String(count)}`;
      return { id, admission: lanes.submit({ id, userId, key }) };
    },
    async end(id: string) {
      ends.get(id)?.();
      await new Promise(setImmediate);
    },
  };
}

describe('order and limits', () => {
  test('one conversation runs one after the other, in order', async () => {
    const { lanes, started, submit, end } = createHarness();
    const ids = ['a', 'b', 'a', 'c'].map((user) => submit(user, 'thread').id);
    for (const id of ids) await end(id);
    expect(started).toEqual(ids);
    expect(lanes.active + lanes.pending).toBe(0);
  });

  test('a user never has more than their share under way, and all never more than the limit', () => {
    const { lanes, submit, started } = createHarness({ maxConcurrent: 3, maxConcurrentPerUser: 2 });
    for (let i = 0; i < 5; i++) submit('a');
    for (let i = 0; i < 5; i++) submit('b');
    expect(started).toEqual(['a1', 'a2', 'b6']);
    expect(lanes.active).toBe(3);
    expect(lanes.pending).toBe(7);
  });

  test('a user with 20 questions does not delay the first question of another', async () => {
    const { submit, started, end } = createHarness({ maxConcurrent: 2, maxConcurrentPerUser: 2 });
    for (let i = 0; i < 20; i++) submit('busy');
    const other = submit('other').id;
    await end('busy1');
    expect(started.at(-1)).toBe(other);
  });

  test('free places go round the users', async () => {
    const { submit, started, end } = createHarness({ maxConcurrent: 1 });
    for (const user of ['a', 'a', 'a', 'b', 'b', 'c']) submit(user);
    for (const id of ['a1', 'a2', 'b4', 'c6', 'a3']) await end(id);
    expect(started).toEqual(['a1', 'a2', 'b4', 'c6', 'a3', 'b5']);
  });

  test('a task that leaves its place frees it for others and keeps the order of its conversation', async () => {
    const { lanes, submit, started, end, leave } = createHarness({ maxConcurrent: 1 });
    const first = submit('a', 'thread').id;
    const second = submit('b', 'thread').id;
    const elsewhere = submit('c').id;
    leave(first);
    expect(started).toEqual([first, elsewhere]);
    await end(elsewhere);
    expect(started).not.toContain(second);
    await end(first);
    expect(started.at(-1)).toBe(second);
    expect(lanes.active).toBe(1);
  });

  test('a user met again while an answer is being delivered is still held to the limit', async () => {
    const { lanes, submit, end, leave } = createHarness({ maxConcurrentPerUser: 1 });
    const first = submit('a').id;
    leave(first);
    submit('a');
    expect(submit('a').admission).toBe('pending');
    await end(first);
    expect(submit('a').admission).toBe('pending');
    expect(lanes.active).toBe(1);
  });
});

describe('bounds', () => {
  test('FAULTS 7: waiting is bounded per user and overall, 10,000 at once included', () => {
    const { lanes, submit } = createHarness({ maxConcurrent: 1, maxPending: 50, maxPendingPerUser: 5 });
    const admissions = Array.from({ length: 10_000 }, (_, i) => submit(`user${String(i % 100)}`).admission);
    expect(admissions.filter((admission) => admission === 'started')).toHaveLength(1);
    expect(lanes.pending).toBe(50);
    expect(admissions.slice(-1)[0]).toBe('full');
  });

  test('the bound of a user is told apart from the bound of all', () => {
    const { submit } = createHarness({ maxConcurrent: 1, maxPending: 3, maxPendingPerUser: 2 });
    const admissions = ['a', 'a', 'a', 'a', 'b', 'b'].map((user) => submit(user).admission);
    expect(admissions).toEqual(['started', 'pending', 'pending', 'user-full', 'pending', 'full']);
  });

  test('limits that make no sense are refused with what was given', () => {
    expect(() => new Lanes({ ...roomy, maxConcurrent: 0 }, () => Promise.resolve())).toThrow(
      /maxConcurrent.*got 0/,
    );
  });
});

test('a waiting task is taken out, and the next of its conversation moves up', async () => {
  const { lanes, submit, started, end } = createHarness({ maxConcurrent: 1 });
  const first = submit('a').id;
  const second = submit('b', 'thread').id;
  const third = submit('c', 'thread').id;
  expect(lanes.remove(second)).toBe(true);
  expect(lanes.remove(first)).toBe(false);
  await end(first);
  expect(started).toEqual([first, third]);
});

test('places in the queue follow the turns of the users', () => {
  const { lanes, submit } = createHarness({ maxConcurrent: 1 });
  submit('z');
  for (const user of ['a', 'a', 'a', 'b']) submit(user);
  const positions: Record<string, number> = {};
  lanes.forEachPending((task, position) => {
    positions[task.id] = position;
  });
  expect(positions).toEqual({ a2: 2, a3: 3, a4: 4, b5: 2 });
});

test('any sequence of tasks: limits hold, order holds, all end, nothing is left behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ user: fc.nat(3), key: fc.nat(5), isRemoved: fc.boolean() }), { maxLength: 40 }),
      fc.record({
        maxConcurrent: fc.integer({ min: 1, max: 4 }),
        maxConcurrentPerUser: fc.integer({ min: 1, max: 3 }),
      }),
      async (specs, limits) => {
        const order = new Map<string, number[]>();
        const active = new Map<string, number>();
        let all = 0;
        const lanes = new Lanes<LaneTask & { n: number }>({ ...roomy, ...limits }, async (task) => {
          all += 1;
          active.set(task.userId, (active.get(task.userId) ?? 0) + 1);
          expect(all).toBeLessThanOrEqual(limits.maxConcurrent);
          expect(active.get(task.userId)).toBeLessThanOrEqual(limits.maxConcurrentPerUser);
          await Promise.resolve();
          order.set(task.key, [...(order.get(task.key) ?? []), task.n]);
          active.set(task.userId, (active.get(task.userId) ?? 0) - 1);
          all -= 1;
        });
        specs.forEach(({ user, key }, n) => {
          lanes.submit({ id: String(n), userId: `u${String(user)}`, key: `k${String(key)}`, n });
        });
        specs.forEach(({ isRemoved }, n) => isRemoved && lanes.remove(String(n)));
        await lanes.idle();
        for (const done of order.values()) expect(done).toEqual(done.toSorted((a, b) => a - b));
        expect([lanes.active, lanes.pending, [...lanes.tasks()].length]).toEqual([0, 0, 0]);
      },
    ),
    { numRuns: 200 },
  );
});
