import { InteractionType, type APIInteraction } from 'discord.js';
import { describe, expect, test, vi } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { StoreUnavailableError } from '../../../src/errors.ts';
import { authorize, type Action, type Authorize } from '../../../src/policy/authorize.ts';
import { createCommandScene } from './command-scene.ts';
import { refusal } from './fake-rest.ts';
import {
  toAutocomplete,
  toFormId,
  toFormSubmission,
  toInteraction,
  toMessageCommand,
  type InteractionGiven,
} from './interactions.ts';

/** Each way to use each command: a new one must be entered here, or the first test fails. */
const everyUse: readonly (readonly [string, InteractionGiven, Action])[] = [
  ['ask', { options: { question: 'Tea?' } }, 'ask'],
  ['ask', { options: { question: 'Tea?', private: true } }, 'ask'],
  ['stop', {}, 'stop-own'],
  ['stop', { options: { user: '101' } }, 'stop-in-channel'],
  ['stop', { options: { all: 'channel' } }, 'stop-in-channel'],
  ['stop', { options: { all: 'server' } }, 'stop-in-guild'],
  ['stop', { options: { user: '101', all: 'server' } }, 'stop-in-guild'],
  ['reset', {}, 'reset-own'],
  ['reset', { options: { private: true }, channel: { id: '11', type: 11 } }, 'reset-own'],
  ['reset', { channel: { id: '11', type: 11 } }, 'reset-shared'],
  ['memory', { subcommand: 'show' }, 'memory-own'],
  ['memory', { subcommand: 'forget', options: { id: 'all' } }, 'memory-own'],
  ['status', {}, 'status'],
  ['settings', { subcommand: 'show' }, 'see-settings'],
  ['settings', { subcommand: 'mode', options: { answer: 'never' } }, 'set-channel'],
  ['settings', { subcommand: 'while-running', options: { behavior: 'steer' } }, 'set-channel'],
  ['settings', { subcommand: 'while-running', options: { behavior: 'steer' }, guildId: null }, 'set-own'],
  ['thread', { options: { title: 'Tea' } }, 'open-thread'],
];

/** The same of the commands on messages. */
const everyUseOnAMessage: readonly (readonly [string, Action])[] = [
  ['Ask about this', 'ask'],
  ['Summarize from here', 'ask'],
  ['Translate', 'ask'],
  ['Remember this', 'memory-own'],
];

/** Denies everything, and notes what was asked for. */
function createDenial() {
  const asked: Action[] = [];
  const authorize: Authorize = (action) => {
    asked.push(action);
    return { allowed: false, reason: 'You may not.' };
  };
  return { asked, authorize };
}

describe('FAULTS 34: every command passes the one authorize()', () => {
  test('the lists above leave no command out', () => {
    const used = [...everyUse, ...everyUseOnAMessage].map(([name]) => name);
    expect(new Set(used)).toEqual(new Set(commands.map(({ definition }) => definition.name)));
  });

  const uses = [
    ...everyUse.map(([name, given, action]) => [toInteraction(name, given), action] as const),
    ...everyUseOnAMessage.map(([name, action]) => [toMessageCommand(name), action] as const),
    [toInteraction('ask'), 'ask'] as const,
  ].map(([interaction, action]) => [interaction.data.name, action, interaction] as const);

  test.each(uses)('%s needs %s', async (_, action, interaction) => {
    const { asked, authorize } = createDenial();
    const scene = createCommandScene({ authorize });
    await scene.use(interaction);
    expect(asked).toEqual([action]);
    expect(scene.shown()).toEqual({ text: 'You may not.', isEphemeral: true, isDeferred: false });
    expect(scene.runs.submitted).toEqual([]);
    expect(scene.runs.stops).toEqual([]);
    expect(scene.resets).toEqual([]);
    expect(scene.forgotten).toEqual([]);
    expect(scene.remembered).toEqual([]);
    expect(scene.reads).toEqual([]);
    expect(scene.threads.requests).toEqual([]);
  });

  test('what is offered while an option is filled in', async () => {
    const { asked, authorize } = createDenial();
    const scene = createCommandScene({ authorize });
    await scene.use(toAutocomplete('ask', ['model', '']));
    expect(asked).toEqual(['ask']);
    expect(scene.callbacks()).toEqual([{ type: 8, data: { choices: [] } }]);
  });

  test('a form, once more when it is sent in', async () => {
    let isAllowed = true;
    const allowed: Authorize = () =>
      isAllowed ? { allowed: true } : { allowed: false, reason: 'No longer.' };
    const scene = createCommandScene({ authorize: allowed });
    await scene.use(toMessageCommand('Ask about this'));
    isAllowed = false;
    await scene.use(toFormSubmission(toFormId(scene.callbacks()[0]), { question: 'Why?' }));
    expect(scene.callbacks()[1]).toMatchObject({ type: 4, data: { content: 'No longer.', flags: 64 } });
    expect(scene.runs.submitted).toEqual([]);
  });

  test('who asks comes from the event: ids and bits', async () => {
    const actors: unknown[] = [];
    const scene = createCommandScene({
      authorize: (action, actor) => {
        actors.push(actor);
        return authorize(action, actor);
      },
    });
    await scene.use(toInteraction('stop', { userId: '101', permissions: 8_192n }));
    expect(actors).toEqual([
      { userId: '101', isBot: false, guildId: '1', permissions: 8_192n, isThreadOwner: false },
    ]);
  });
});

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
