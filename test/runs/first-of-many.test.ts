import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FirstOfMany } from '../../src/runs/lanes.ts';

test('is what a Set is, whatever is added and deleted', () => {
  const items = Array.from({ length: 4 }, (_, id) => ({ id }));
  const act = fc.record({ isAdd: fc.boolean(), index: fc.nat(items.length - 1) });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const ours = new FirstOfMany<object>();
      const model = new Set<object>();
      for (const { isAdd, index } of acts) {
        const item = items[index] ?? {};
        if (isAdd) {
          ours.add(item);
          model.add(item);
        } else {
          ours.delete(item);
          model.delete(item);
        }
        expect(ours.first).toBe([...model][0]);
        expect(ours.isEmpty).toBe(model.size === 0);
      }
    }),
  );
});
