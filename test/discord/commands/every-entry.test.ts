import { describe, expect, test } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { controlActions, type ControlAction } from '../../../src/discord/controls/answer-buttons.ts';
import { authorize, type Action, type Authorize } from '../../../src/policy/authorize.ts';
import { createRun } from '../../intake/fake-runs.ts';
import { createCommandScene } from './command-scene.ts';
import {
  toAutocomplete,
  toFormId,
  toFormSubmission,
  toInteraction,
  toMessageCommand,
  toPress,
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

/** The uses that open a form first. */
const everyForm = [toInteraction('ask'), toMessageCommand('Ask about this')];

/** Each button, pressed by the person who asked and by another. */
const everyPress = controlActions.flatMap((action): (readonly [ControlAction, string, Action])[] => [
  [action, '100', 'control-own'],
  [action, '101', 'control-others'],
]);

/** Denies everything, and notes what was asked for. */
function createDenial() {
  const asked: Action[] = [];
  const authorize: Authorize = (action) => {
    asked.push(action);
    return { allowed: false, reason: 'You may not.' };
  };
  return { asked, authorize };
}

describe('FAULTS 34: every entry passes the one authorize()', () => {
  test('the lists above leave no command out', () => {
    const used = [...everyUse, ...everyUseOnAMessage].map(([name]) => name);
    expect(new Set(used)).toEqual(new Set(commands.map(({ definition }) => definition.name)));
    const withForm = commands.filter(({ form }) => form).map(({ definition }) => definition.name);
    expect(everyForm.map(({ data }) => data.name)).toEqual(withForm);
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

  test.each(everyForm)('the form of $data.name, once more when it is sent in', async (opening) => {
    let isAllowed = true;
    const allowed: Authorize = () =>
      isAllowed ? { allowed: true } : { allowed: false, reason: 'No longer.' };
    const scene = createCommandScene({ authorize: allowed });
    await scene.use(opening);
    isAllowed = false;
    await scene.use(toFormSubmission(toFormId(scene.callbacks()[0]), { question: 'Why?' }));
    expect(scene.callbacks()[1]).toMatchObject({ type: 4, data: { content: 'No longer.', flags: 68 } });
    expect(scene.runs.submitted).toEqual([]);
  });

  test.each(everyForm)('the form of $data.name is of no use to anybody else', async (opening) => {
    const scene = createCommandScene();
    await scene.use(opening);
    const id = toFormId(scene.callbacks()[0]);
    await scene.use(toFormSubmission(id, { question: 'Why?' }, { userId: '101' }));
    expect(scene.callbacks()[1]).toMatchObject({ type: 4, data: { flags: 68 } });
    expect(scene.runs.submitted).toEqual([]);
  });

  test.each(everyPress)('%s, pressed by %s, needs %s', async (button, userId, action) => {
    const { asked, authorize } = createDenial();
    const run = createRun({ requesterId: '100' });
    const scene = createCommandScene({ authorize, runs: { found: run } });
    await scene.use(toPress(`${button}:${run.id}`, { userId }));
    expect(asked).toEqual([action]);
    expect(scene.runs.stops).toEqual([]);
    expect(scene.runs.forgotten).toEqual([]);
    expect(scene.runs.retried).toEqual([]);
    expect(scene.followUps()).toEqual([expect.objectContaining({ content: 'You may not.', flags: 68 })]);
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
