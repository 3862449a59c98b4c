import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Storage } from '../../src/storage/ports.ts';
import type { NewRun } from '../../src/storage/run-table.ts';

/** What every table of runs must do. `open` gives an empty one; closing it is left to the contract. */
export function testRunTable(name: string, open: () => Promise<Storage>): void {
  describe(`runs in ${name}`, () => {
    let storage: Storage;
    let lastId = 1_000;

    beforeAll(async () => {
      storage = await open();
    });
    afterAll(async () => {
      await storage.close();
    });

    /** A run of its own for each test. */
    async function admit(overrides: { isAgain?: boolean; id?: string; cursors?: NewRun['cursors'] } = {}) {
      const id = String(++lastId);
      const run = {
        id,
        cursors: [],
        createdAt: lastId,
        record: `{"n":${id}}`,
        isAgain: false,
        ...overrides,
      };
      return { id: run.id, isNew: await storage.runs.admit(run) };
    }
    const findCursors = (query: { after?: string; limit?: number } = {}) =>
      storage.runs.cursors({ after: '0', limit: 10, ...query });
    const find = async (id: string) => (await storage.runs.list()).find((row) => row.id === id);

    test('a message is claimed once, also when its run is retired', async () => {
      const { id, isNew } = await admit();
      expect(isNew).toBe(true);
      expect((await admit({ id })).isNew).toBe(false);
      await storage.runs.patch(id, { ending: 'end' });
      await storage.runs.retire(id);
      expect(await find(id)).toBeUndefined();
      expect((await admit({ id })).isNew).toBe(false);
      expect(await find(id)).toBeUndefined();
    });

    test('many claims of one message at once: one wins', async () => {
      const id = '555';
      const claims = await Promise.all(Array.from({ length: 10 }, () => admit({ id })));
      expect(claims.filter(({ isNew }) => isNew)).toHaveLength(1);
    });

    test('a question asked again begins from nothing', async () => {
      const { id } = await admit();
      await storage.runs.saveStep(id, 0, 'step');
      await storage.runs.patch(id, { ending: 'end' });
      await storage.runs.patch(id, { isDelivered: true });
      expect((await admit({ id, isAgain: true })).isNew).toBe(true);
      expect(await find(id)).toMatchObject({ steps: [], ending: null, isDelivered: false, attempts: 0 });
    });

    test('what is still to be written of the first answer does not touch the second', async () => {
      const { id } = await admit();
      await storage.runs.patch(id, { ending: 'end', receipt: '["1"]' });
      await admit({ id, isAgain: true });
      await storage.runs.patch(id, { isDelivered: true, receipt: '["1","2"]' });
      await storage.runs.retire(id);
      expect(await find(id)).toMatchObject({ ending: null, isDelivered: false, receipt: '["1","2"]' });
      await storage.runs.patch(id, { ending: 'second end' });
      await storage.runs.patch(id, { isDelivered: true });
      expect(await find(id)).toMatchObject({ ending: 'second end', isDelivered: true });
      await storage.runs.retire(id);
      expect(await find(id)).toBeUndefined();
    });

    test('keeps steps in order, and what is patched, and counts attempts', async () => {
      const { id } = await admit();
      await storage.runs.saveStep(id, 0, 'first');
      await storage.runs.saveStep(id, 1, 'second');
      await storage.runs.saveStep(id, 1, 'second');
      await storage.runs.patch(id, { receipt: '["1"]', isNewAttempt: true });
      await storage.runs.patch(id, { ending: 'done', isNewAttempt: true });
      expect(await find(id)).toEqual({
        id,
        createdAt: Number(id),
        record: `{"n":${id}}`,
        receipt: '["1"]',
        ending: 'done',
        isDelivered: false,
        attempts: 2,
        steps: ['first', 'second'],
      });
    });

    test('what comes after a run was retired changes nothing', async () => {
      const { id } = await admit();
      await storage.runs.patch(id, { ending: 'end' });
      await storage.runs.retire(id);
      await storage.runs.saveStep(id, 0, 'late');
      await storage.runs.patch(id, { ending: 'late' });
      expect(await find(id)).toBeUndefined();
    });

    test('lists the oldest first', async () => {
      const ids = [(await admit()).id, (await admit()).id, (await admit()).id];
      const listed = (await storage.runs.list()).map(({ id }) => id).filter((id) => ids.includes(id));
      expect(listed).toEqual(ids);
    });

    test('a cursor goes forward only, by the number and not by the text', async () => {
      await admit({
        id: '99',
        cursors: [
          ['8', '99'],
          ['9', '99'],
        ],
      });
      await admit({ id: '100', cursors: [['8', '100']] });
      await admit({ id: '98', cursors: [['8', '98']] });
      expect((await findCursors()).get('8')).toBe('100');
      expect((await findCursors()).get('9')).toBe('99');
      await storage.runs.forgetChannel('8');
      expect((await findCursors()).has('8')).toBe(false);
    });

    test('cursors come with the latest first, and those that nobody asks for stay behind', async () => {
      await admit({ id: '99999', cursors: [['21', '99999']] });
      await admit({ id: '100001', cursors: [['22', '100001']] });
      await admit({ id: '100000', cursors: [['23', '100000']] });
      expect([...(await findCursors({ after: '99998' }))]).toEqual([
        ['22', '100001'],
        ['23', '100000'],
        ['21', '99999'],
      ]);
      expect([...(await findCursors({ limit: 1 })).keys()]).toEqual(['22']);
      expect([...(await findCursors({ after: '100000' })).keys()]).toEqual(['22']);
      await storage.runs.forgetChannelsUntil('100000');
      expect([...(await findCursors())]).toEqual([['22', '100001']]);
    });
  });
}
