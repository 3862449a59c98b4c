import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createStandingMarks, type StandingMark } from '../../../src/discord/reply/standing-marks.ts';
import { openMemoryStorage } from '../../../src/storage/memory-storage.ts';
import type { KeyValueStore } from '../../../src/storage/ports.ts';
import { recordLog } from '../../intake/recorded-log.ts';

const { log } = recordLog();
const toMark = (messageId: string): StandingMark => ({ channelId: '10', messageId, emoji: '🕒' });

/** `isDown`: nothing can be read. */
function createStore() {
  const store = openMemoryStorage({ timeoutMs: 1_000 }).namespace('marks');
  const state = { isDown: false, reads: 0 };
  const flaky: KeyValueStore = {
    get(key, signal) {
      state.reads += 1;
      return state.isDown ? Promise.reject(new Error('down')) : store.get(key, signal);
    },
    set: (key, value, options) => store.set(key, value, options),
    delete: (key, signal) => store.delete(key, signal),
  };
  const open = () => createStandingMarks({ store: flaky, log });
  return { store: flaky, state, open };
}

test('a mark that is kept before what was left is read does not replace it', async () => {
  const { state, open } = createStore();
  await open().keep(toMark('1'));
  const next = open();
  state.reads = 0;
  await Promise.all([next.keep(toMark('2')), next.keep(toMark('3'))]);
  expect(await next.takeLeft()).toEqual([toMark('1')]);
  expect(state.reads, 'it is read once').toBe(1);
  expect(await next.takeLeft(), 'it is taken once').toEqual([]);
  expect(await open().takeLeft()).toEqual(['1', '2', '3'].map(toMark));
});

test('what cannot be read is not written over, and what came meanwhile is written with it later', async () => {
  const { state, open } = createStore();
  await open().keep(toMark('1'));
  const second = open();
  state.isDown = true;
  expect(await second.takeLeft()).toEqual([]);
  await second.keep(toMark('2'));
  state.isDown = false;
  expect(await open().takeLeft()).toEqual([toMark('1')]);
  await second.keep(toMark('3'));
  second.drop(toMark('3'));
  await tick();
  expect(await open().takeLeft()).toEqual([toMark('1'), toMark('2')]);
  expect(await second.takeLeft()).toEqual([toMark('1')]);
});

test('a mark that was left and stands anew is not taken away, and one that is gone not again', async () => {
  const { open } = createStore();
  const first = open();
  await Promise.all([first.keep(toMark('1')), first.keep(toMark('2')), first.keep(toMark('3'))]);
  const next = open();
  await next.keep(toMark('1'));
  next.drop(toMark('2'));
  expect(await next.takeLeft()).toEqual([toMark('3')]);
});

test('an entry that makes no sense is written over', async () => {
  const { store, open } = createStore();
  await store.set('standing', { odd: true });
  await open().keep(toMark('1'));
  expect(await open().takeLeft()).toEqual([toMark('1')]);
});
