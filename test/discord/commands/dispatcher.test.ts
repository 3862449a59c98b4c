import { InteractionType, type APIInteraction } from 'discord.js';
import { describe, expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../../../src/errors.ts';
import { createCommandScene } from './command-scene.ts';
import { refusal } from './fake-rest.ts';
import { toFormSubmission, toInteraction } from './interactions.ts';

describe('FAULTS 11: acknowledged before any I/O', () => {
  test('a store that hangs does not hold up the acknowledgement', async () => {
    const answer = Promise.withResolvers<never[]>();
    const scene = createCommandScene({
      change: (context) => ({ ...context, facts: { ...context.facts, list: () => answer.promise } }),
    });
    scene.dispatcher.dispatch(toInteraction('memory', { subcommand: 'show' }));
    await vi.waitFor(() => {
      expect(scene.shown()).toEqual({ text: undefined, isEphemeral: true, isDeferred: true });
    });
    answer.resolve([]);
    await scene.dispatcher.idle();
    expect(scene.shown().text).toMatch(/nothing about you/);
  });

  test('a command that never ends is given up, and the person told', async () => {
    const scene = createCommandScene({
      timeoutMs: 20,
      change: (context) => ({ ...context, status: () => new Promise(() => undefined) }),
    });
    await scene.use(toInteraction('status'));
    expect(scene.shown().text).toMatch(/went wrong/);
  });

  test('without the acknowledgement nothing is done that nobody could be told of', async () => {
    const scene = createCommandScene({
      respond: () => {
        throw refusal(404, 10_062);
      },
    });
    await scene.use(toInteraction('ask', { options: { question: 'Tea?' } }));
    expect(scene.runs.submitted).toEqual([]);
    expect(scene.lines).toHaveLength(1);
  });

  test('an acknowledgement whose answer was lost has arrived all the same', async () => {
    const scene = createCommandScene({
      respond: ({ path }) => {
        if (path.endsWith('/callback')) throw refusal(400, 40_060);
        return undefined;
      },
    });
    await scene.use(toInteraction('status'));
    expect(scene.shown().text).toMatch(/Version/);
  });
});

describe('always answered, once', () => {
  test('a command that is not known', async () => {
    const scene = createCommandScene();
    await scene.use(toInteraction('dance'));
    expect(scene.shown()).toMatchObject({
      isEphemeral: true,
      text: expect.stringMatching(/do not know/) as string,
    });
  });

  test('a button or a modal of an earlier version; an autocomplete gets no choices', async () => {
    const button = { ...toFormSubmission('old', {}), type: InteractionType.MessageComponent };
    for (const interaction of [button as unknown as APIInteraction, toFormSubmission('old', { a: 'b' })]) {
      const scene = createCommandScene();
      await scene.use(interaction);
      expect(scene.shown().text).toMatch(/do not know/);
    }
    const scene = createCommandScene();
    const autocomplete = { ...toInteraction('x'), type: InteractionType.ApplicationCommandAutocomplete };
    await scene.use(autocomplete as unknown as APIInteraction);
    expect(scene.rest.sent.map(({ json }) => json)).toEqual([{ type: 8, data: { choices: [] } }]);
  });

  test('a failure is one honest sentence without its details, and a log line', async () => {
    const broken = (error: Error) =>
      createCommandScene({
        change: (context) => ({
          ...context,
          facts: { ...context.facts, list: () => Promise.reject(error) },
        }),
      });
    const bug = broken(new TypeError('x is not a function'));
    await bug.use(toInteraction('memory', { subcommand: 'show' }));
    expect(bug.shown().text).toBe('Something went wrong on my side. It has been logged; please try again.');
    expect(bug.lines[0]).toMatchObject({ level: 'error', command: 'memory' });

    const outage = broken(new StoreUnavailableError('get', new Error('disk')));
    await outage.use(toInteraction('memory', { subcommand: 'show' }));
    expect(outage.shown().text).toMatch(/memory cannot be reached/);
  });

  test('FAULTS 2: the same interaction twice is done once', async () => {
    const scene = createCommandScene();
    const interaction = toInteraction('ask', { options: { question: 'Tea?' } });
    scene.dispatcher.dispatch(interaction);
    scene.dispatcher.dispatch(interaction);
    await scene.dispatcher.idle();
    expect(scene.runs.submitted).toHaveLength(1);
    expect(scene.shown().isDeferred).toBe(true);
  });

  test('FAULTS 6: dispatch returns before anything happened, and never throws', async () => {
    const scene = createCommandScene();
    scene.dispatcher.dispatch({ ...toInteraction('status'), data: undefined } as unknown as APIInteraction);
    scene.dispatcher.dispatch(toInteraction('status'));
    await scene.dispatcher.idle();
    expect(scene.shown().text).toMatch(/Version/);
  });
});
