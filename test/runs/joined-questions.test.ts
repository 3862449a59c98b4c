import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Prompt, Run } from '../../src/runs/run.ts';
import { outcomeOf, toRun } from './run-service-scene.ts';
import { createStepScene } from './step-scene.ts';

const one = { conversationId: 'one' };
const toPrompt = (text: string): Prompt => ({ text, quotes: [], attachments: [] });
const toEdited = (id: number, text: string): Run => toRun(id, { ...one, prompt: toPrompt(text) });
const now = (): number => Date.now();

let scene: ReturnType<typeof createStepScene>;
const steer = (id: number) => scene.runs.submit(toRun(id, one), { whileRunning: 'steer' });
const callAt = async (index: number) => {
  await expect.poll(() => scene.calls.length, { interval: 1 }).toBeGreaterThan(index);
  return scene.calls[index];
};
const answer = async (index: number, text: string) => (await callAt(index))?.reply(text);
const remembered = async () => JSON.stringify(await scene.conversations.load('one'));
const finished = () => scene.events.filter(({ what }) => what === 'finished').map(({ runId }) => runId);

/** Question 1 is at work, question 2 steers it. */
beforeEach(async () => {
  scene = createStepScene();
  await scene.runs.submit(toRun(1, one));
  await callAt(0);
  expect(await steer(2)).toEqual({ kind: 'steered', runId: '1' });
});

describe('a question that waits to join the run under way', () => {
  test('is asked with its newest text', async () => {
    expect(await scene.runs.edit(toEdited(2, 'in German'), now())).toBe(true);
    scene.calls[0]?.reply();
    expect((await callAt(1))?.asked).toEqual(['question 1', 'in German']);
  });

  test('is not asked once it is deleted', async () => {
    expect(await scene.runs.forget('2')).toBe(true);
    scene.calls[0]?.reply();
    expect((await callAt(1))?.asked).toEqual(['question 1']);
    await answer(1, 'done');
    await expect.poll(finished).toContain('1');
    expect(await remembered()).not.toContain('question 2');
  });

  test('counts in the bounds of those who wait', async () => {
    for (const id of [3, 4, 5, 6]) expect(await steer(id)).toMatchObject({ kind: 'steered' });
    expect(await steer(7)).toMatchObject({ kind: 'refused' });
    expect(scene.runs.list()).toHaveLength(6);
  });

  test('is told no place in a line', async () => {
    scene = createStepScene({ positionIntervalMs: 1 });
    await scene.runs.submit(toRun(1, one));
    await callAt(0);
    await steer(2);
    await scene.runs.submit(toRun(3, one));
    const told = (id: string) => scene.events.filter(({ runId, what }) => runId === id && what === 'waiting');
    await expect.poll(() => told('3').length).toBeGreaterThan(2);
    expect(told('2')).toEqual([]);
    await scene.runs.drain(0, 100);
  });

  test('ends with the run when that is stopped, also by its button', async () => {
    expect(scene.runs.stop({ runId: '1' }, 'requester')).toBe(1);
    await expect.poll(() => scene.runs.list()).toEqual([]);
    expect(scene.calls).toHaveLength(1);
    expect(outcomeOf(scene.events, '2')).toEqual({ kind: 'cancelled', text: '', by: 'requester' });
  });

  test('is a question of its own where the first one is deleted', async () => {
    await scene.runs.forget('1');
    expect((await callAt(1))?.asked).toEqual(['question 2']);
  });

  test('joins after those before it, and not before they are durable', async () => {
    await steer(3);
    scene.calls[0]?.reply();
    expect((await callAt(1))?.asked).toEqual(['question 1', 'question 2', 'question 3']);
  });

  test('waits behind one of its author that takes its turn', async () => {
    await scene.runs.forget('2');
    await scene.runs.submit(toRun(3, one));
    await steer(4);
    scene.calls[0]?.reply();
    expect((await callAt(1))?.asked).toEqual(['question 1']);
    await answer(1, 'done');
    expect((await callAt(2))?.asked.at(-1)).toBe('question 3');
  });
});

describe('a question that joined the run under way', () => {
  beforeEach(async () => {
    scene.calls[0]?.reply();
    expect((await callAt(1))?.asked).toEqual(['question 1', 'question 2']);
  });

  test('stays part of what is asked when the first one is edited', async () => {
    await scene.runs.edit(toEdited(1, 'another'), now());
    expect((await callAt(2))?.asked).toEqual(['another', 'question 2']);
    await answer(2, 'both');
    await expect.poll(finished).toEqual(['1']);
    expect(await remembered()).toContain('question 2');
    expect(await remembered()).not.toContain('question 1');
  });

  test('is asked anew with its new text', async () => {
    await scene.runs.edit(toEdited(2, 'in German'), now());
    expect((await callAt(2))?.asked).toEqual(['question 1', 'in German']);
  });

  test('is left out once it is deleted', async () => {
    expect(await scene.runs.forget('2')).toBe(true);
    expect((await callAt(2))?.asked).toEqual(['question 1']);
    await answer(2, 'one');
    await expect.poll(finished).toEqual(['1']);
    expect(await remembered()).not.toContain('question 2');
  });

  test('is a question of its own once the first one is deleted', async () => {
    await scene.runs.forget('1');
    expect((await callAt(2))?.asked).toEqual(['question 2']);
    await answer(2, 'two');
    await expect.poll(finished).toEqual(['1', '2']);
    expect(outcomeOf(scene.events, '2')).toEqual({ kind: 'answered', text: 'two' });
  });
});

describe('a question that was answered with the run that it joined', () => {
  beforeEach(async () => {
    scene.calls[0]?.reply();
    await answer(1, 'both');
    await expect.poll(finished).toEqual(['1']);
    await expect.poll(() => scene.runs.find('2')).toMatchObject({ id: '1' });
  });

  test('is answered anew when it is edited, over the same messages', async () => {
    expect(await scene.runs.edit(toEdited(2, 'in German'), now())).toBe(true);
    expect((await callAt(2))?.asked).toEqual(['question 1', 'in German']);
    await answer(2, 'beide');
    await expect.poll(finished).toEqual(['1', '1']);
    expect(await remembered()).toContain('beide');
    expect(await remembered()).not.toContain('question 2');
    expect(await scene.runs.find('1')).toMatchObject({ replaces: { messageIds: ['900'] } });
  });

  test('leaves the answer and the memory when it is deleted', async () => {
    expect(await scene.runs.forget('2')).toBe(true);
    expect((await callAt(2))?.asked).toEqual(['question 1']);
    await answer(2, 'only one');
    await expect.poll(finished).toEqual(['1', '1']);
    expect(await remembered()).not.toContain('question 2');
  });

  test('is asked again with the other on Retry', async () => {
    expect(await scene.runs.retry('1', { createdAt: now() })).toMatchObject({ kind: 'admitted' });
    expect((await callAt(2))?.asked).toEqual(['question 1', 'question 2']);
  });

  test('goes from the memory, deleted when the answer is too old to be made anew', async () => {
    const later = now() + 16 * 60_000;
    expect(await scene.runs.edit(toEdited(2, 'in German'), later)).toBe(false);
    using clock = vi.spyOn(Date, 'now').mockReturnValue(later);
    expect(await scene.runs.forget('2')).toBe(true);
    expect(clock).toHaveBeenCalled();
    expect(await remembered()).not.toContain('question 2');
    expect(await scene.runs.find('1')).toMatchObject({ joined: [] });
    expect(finished()).toEqual(['1']);
  });
});
