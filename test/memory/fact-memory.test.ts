import { expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { createFactMemory } from '../../src/memory/fact-memory.ts';
import { dmOfAda } from '../contracts/fact-memory.contract.ts';
import { ScriptedStore } from './scripted-store.ts';

const fact = (text: string) => ({ text, audience: dmOfAda });

test('FAULTS 28: nothing is written after a failed read', async () => {
  const store = new ScriptedStore();
  const facts = createFactMemory({ store });
  await facts.remember('ada', fact('tea'));
  store.failures.get = 4;
  await expect(facts.remember('ada', fact('coffee'))).rejects.toThrow(StoreUnavailableError);
  await expect(facts.forget('ada')).rejects.toThrow(StoreUnavailableError);
  await expect(facts.recall('ada', dmOfAda)).rejects.toThrow(StoreUnavailableError);
  await expect(facts.list('ada')).rejects.toThrow(StoreUnavailableError);
  expect((await facts.list('ada')).map(({ text }) => text)).toEqual(['tea']);
  expect(store.calls).toEqual({ get: 6, set: 1, delete: 0 });
});

test('FAULTS 28: a failed write fails its own call and none after it', async () => {
  const store = new ScriptedStore();
  const facts = createFactMemory({ store });
  store.failures.set = 1;
  const first = expect(facts.remember('ada', fact('tea'))).rejects.toThrow(StoreUnavailableError);
  const second = facts.remember('ada', fact('coffee'));
  await first;
  expect(await facts.list('ada')).toEqual([await second]);
});

test('one person waiting for a slow store does not hold up another', async () => {
  const store = new ScriptedStore();
  const facts = createFactMemory({ store });
  const release = store.hold('set');
  const slow = facts.remember('ada', fact('tea'));
  while (store.calls.set === 0) await new Promise(setImmediate);
  store.hold('set')();
  await facts.remember('bob', fact('coffee'));
  release();
  await slow;
});

test('a call that aborts while it waits for its turn writes nothing', async () => {
  const store = new ScriptedStore();
  const facts = createFactMemory({ store });
  const release = store.hold('set');
  const first = facts.remember('ada', fact('tea'));
  const controller = new AbortController();
  const second = facts.remember('ada', fact('coffee'), controller.signal);
  const reason = new Error('stopped');
  controller.abort(reason);
  await expect(second).rejects.toBe(reason);
  release();
  await first;
  await facts.remember('ada', fact('milk'));
  expect((await facts.list('ada')).map(({ text }) => text)).toEqual(['tea', 'milk']);
});
