import { describe, expect, test } from 'vitest';
import { createCommandScene } from '../discord/commands/command-scene.ts';
import {
  toAutocomplete,
  toFormId,
  toFormSubmission,
  toInteraction,
} from '../discord/commands/interactions.ts';

describe('/ask without a question', () => {
  test('opens a form; what is written there joins the options', async () => {
    const scene = createCommandScene();
    const files = { attachment: 'menu.txt' };
    await scene.use(toInteraction('ask', { options: { private: true, model: 'large' }, files }));
    expect(scene.callbacks()).toMatchObject([{ type: 9, data: { title: 'Ask a question' } }]);

    const question = 'x'.repeat(4_000);
    await scene.use(toFormSubmission(toFormId(scene.callbacks()[0]), { question }));
    expect(scene.callbacks()[1]).toEqual({ type: 5, data: { flags: 64 } });
    expect(scene.runs.submitted).toMatchObject([
      {
        origin: { isPrivate: true },
        prompt: { text: question, attachments: [{ name: 'menu.txt' }] },
        model: 'large',
      },
    ]);
  });

  test.each([
    [{}, true],
    [{ files: { attachment: 'menu.txt' } }, false],
  ])('a file may be all there is: %j', async (given, isRequired) => {
    const scene = createCommandScene();
    await scene.use(toInteraction('ask', given));
    expect(scene.callbacks()).toMatchObject([
      { data: { components: [{ component: { custom_id: 'question', required: isRequired } }] } },
    ]);
    await scene.use(toFormSubmission(toFormId(scene.callbacks()[0]), { question: '' }));
    expect(scene.runs.submitted).toHaveLength(isRequired ? 0 : 1);
  });
});

test('/ask with a file', async () => {
  const scene = createCommandScene();
  const files = { attachment: 'menu.txt' };
  await scene.use(toInteraction('ask', { options: { question: 'Which tea?' }, files }));
  expect(scene.runs.submitted[0]?.prompt).toEqual({
    text: 'Which tea?',
    quotes: [],
    attachments: [
      {
        id: 'id-menu.txt',
        name: 'menu.txt',
        url: 'https://cdn.discordapp.com/menu.txt',
        contentType: 'text/plain',
        size: 7,
      },
    ],
  });
});

describe('/ask with a model', () => {
  const offered = async (text: string, option = 'model') => {
    const scene = createCommandScene();
    await scene.use(toAutocomplete('ask', [option, text]));
    return scene.callbacks();
  };

  test.each([
    ['', ['small', 'large', 'Largest']],
    [' LARGE', ['large', 'Largest']],
    ['gpt', []],
  ])('offers those of the operator that match "%s"', async (text, names) => {
    const choices = names.map((name) => ({ name, value: name }));
    expect(await offered(text)).toEqual([{ type: 8, data: { choices } }]);
  });

  test('offers nothing for another option', async () => {
    expect(await offered('small', 'question')).toEqual([{ type: 8, data: { choices: [] } }]);
  });

  test('takes no other than those', async () => {
    const scene = createCommandScene();
    await scene.use(toInteraction('ask', { options: { question: 'Tea?', model: 'gpt-99' } }));
    expect(scene.shown().text).toBe('I cannot ask that model. You can choose `small`, `large`, `Largest`.');
    expect(scene.runs.submitted).toEqual([]);
  });

  test('the default answers where none is named', async () => {
    const scene = createCommandScene();
    await scene.use(toInteraction('ask', { options: { question: 'Tea?' } }));
    expect(scene.runs.submitted[0]?.model).toBeNull();
  });
});

test('where the bot is not in the server, the run knows that the token is all there is', async () => {
  const scene = createCommandScene();
  const given = { guildId: '5', channel: { id: '55', type: 0 }, options: { question: 'Tea?' } };
  await scene.use(toInteraction('ask', given));
  expect(scene.shown()).toMatchObject({ isEphemeral: false });
  expect(scene.runs.submitted[0]?.origin).toMatchObject({ isPrivate: false, isForeign: true });
});
