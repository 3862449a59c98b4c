import { describe, expect, test } from 'vitest';
import { SwitchboardError } from '../../src/errors.ts';
import { isWithinAudience } from '../../src/memory/audience.ts';
import type { ChannelMessage } from '../../src/tools/tool.ts';
import { createCommandScene } from '../discord/commands/command-scene.ts';
import { toFile, toFormId, toFormSubmission, toMessageCommand } from '../discord/commands/interactions.ts';

const targetId = '1200000000000000001';
const inForeignGuild = { guildId: '5', channel: { id: '55', type: 0 } };
const betweenPeople = { guildId: null, context: 2, channel: { id: '66', type: 3 } };

function said(id: string, text: string): ChannelMessage {
  return { id, authorName: 'Bob', isBot: false, text, at: 0 };
}

describe('Ask about this', () => {
  test('asks for the question, then answers it in private, with the message as the quote', async () => {
    const scene = createCommandScene();
    const message = {
      embeds: [{ title: 'Menu', description: 'Green tea' }],
      attachments: [toFile('menu.txt')],
      message_reference: { channel_id: '10', message_id: '7' },
      type: 19,
    };
    await scene.use(toMessageCommand('Ask about this', { message }));
    expect(scene.callbacks()).toMatchObject([{ type: 9, data: { title: 'Ask about this message' } }]);
    expect(scene.runs.submitted).toEqual([]);

    const submission = toFormSubmission(toFormId(scene.callbacks()[0]), { question: ' Which tea? ' });
    await scene.use(submission);
    expect(scene.callbacks()[1]).toEqual({ type: 5, data: { flags: 64 } });
    expect(scene.runs.submitted).toMatchObject([
      {
        id: submission.id,
        audience: { kind: 'private', userId: '100' },
        origin: { interactionId: submission.id, isPrivate: true },
        prompt: {
          text: 'Which tea?',
          quotes: [
            {
              messageId: targetId,
              authorName: 'Bob',
              text: 'Tea at *four*.\n(embed) Menu\nGreen tea\n(file: menu.txt)',
              attachments: [{ name: 'menu.txt', size: 7 }],
              repliesTo: { channelId: '10', messageId: '7' },
            },
          ],
        },
      },
    ]);
  });

  test('brings the files of a forwarded message', async () => {
    const scene = createCommandScene();
    const snapshot = { content: 'Tea list', mentions: [], embeds: [], attachments: [toFile('teas.txt')] };
    const message = { content: '', message_snapshots: [{ message: snapshot }] };
    await scene.use(toMessageCommand('Ask about this', { message }));
    await scene.use(toFormSubmission(toFormId(scene.callbacks()[0]), { question: 'Which?' }));
    expect(scene.runs.submitted[0]?.prompt.quotes).toMatchObject([
      { text: '(forwarded) Tea list\n(file: teas.txt)', attachments: [{ name: 'teas.txt' }] },
    ]);
  });

  test('a form that is no longer known gives back what was written', async () => {
    const scene = createCommandScene();
    await scene.use(toFormSubmission('form:from-before-a-restart', { question: 'A long thought' }));
    expect(scene.shown()).toMatchObject({ isEphemeral: true, isDeferred: false });
    expect(scene.shown().text).toMatch(/no longer know[^]*open it again[^]*>>> A long thought$/);
  });

  test('FAULTS 34: a form answers nobody but whom it was opened for', async () => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Ask about this'));
    const id = toFormId(scene.callbacks()[0]);
    await scene.use(toFormSubmission(id, { question: 'Mine?' }, { userId: '101' }));
    expect(scene.runs.submitted).toEqual([]);
  });

  test('a form is answered once', async () => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Ask about this'));
    const id = toFormId(scene.callbacks()[0]);
    await scene.use(toFormSubmission(id, { question: 'Once?' }));
    await scene.use(toFormSubmission(id, { question: 'Twice?' }));
    expect(scene.runs.submitted.map(({ prompt }) => prompt.text)).toEqual(['Once?']);
  });
});

describe('Translate', () => {
  test.each([
    ['de', 'German'],
    ['pt-BR', 'Brazilian Portuguese'],
    ['not a locale', 'English'],
  ])('into the language of a client in %s', async (locale, language) => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Translate', { locale }));
    expect(scene.shown()).toMatchObject({ isEphemeral: true, isDeferred: true });
    const prompt = scene.runs.submitted[0]?.prompt;
    expect(prompt).toMatchObject({ quotes: [{ text: 'Tea at *four*.' }] });
    expect(prompt?.text).toContain(`into ${language}.`);
  });

  test('a message without words or files is answered with a word', async () => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Translate', { message: { content: '' } }));
    expect(scene.shown().text).toMatch(/nothing to translate/);
    expect(scene.runs.submitted).toEqual([]);
  });

  test.each([
    ['a server where the bot is not', inForeignGuild],
    ['people among themselves', betweenPeople],
  ])('works for %s: by the token alone', async (_, given) => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Translate', given));
    expect(scene.runs.submitted).toMatchObject([{ origin: { isPrivate: true, isForeign: true } }]);
  });
});

describe('Summarize from here', () => {
  test('quotes what was said from the message on, as content of others', async () => {
    const history = [said(targetId, 'Tea at four.'), said('1200000000000000002', 'Five, please.')];
    const scene = createCommandScene({ history });
    await scene.use(toMessageCommand('Summarize from here'));
    expect(scene.reads).toEqual([{ channelId: '10', userId: '100', messageId: targetId, limit: 100 }]);
    expect(scene.runs.submitted).toMatchObject([
      {
        audience: { kind: 'private', userId: '100' },
        prompt: { quotes: [{ text: 'Tea at four.', authorName: 'Bob' }, { text: 'Five, please.' }] },
      },
    ]);
    expect(scene.runs.submitted[0]?.notice).toBeUndefined();
  });

  test('no more than 20,000 characters, and says so', async () => {
    const history = Array.from({ length: 20 }, (_, index) => said(String(index + 1), 'x'.repeat(3_000)));
    const scene = createCommandScene({ history });
    await scene.use(toMessageCommand('Summarize from here'));
    expect(scene.runs.submitted[0]?.prompt.quotes).toHaveLength(6);
    expect(scene.runs.submitted[0]?.notice).toMatch(/^This covers 6 messages from there on/);
  });

  test('as many messages as Discord gives at once may not be all', async () => {
    const history = Array.from({ length: 100 }, (_, index) => said(String(index + 1), 'tea'));
    const scene = createCommandScene({ history });
    await scene.use(toMessageCommand('Summarize from here'));
    expect(scene.runs.submitted[0]?.notice).toMatch(/^This covers 100 messages/);
  });

  test('messages that come without a text are counted; the chosen one came with the command', async () => {
    const history = [said(targetId, ''), said('1200000000000000002', ''), said('1200000000000000003', '')];
    const scene = createCommandScene({ history });
    await scene.use(toMessageCommand('Summarize from here'));
    expect(scene.runs.submitted[0]?.prompt.quotes.map(({ text }) => text)).toEqual(['Tea at *four*.']);
    expect(scene.runs.submitted[0]?.notice).toMatch(/^2 messages reached me without a text/);
  });

  test.each([
    ['a server where the bot is not', inForeignGuild, /no member of this server/],
    ['people among themselves', betweenPeople, /no member of this conversation/],
  ])('cannot read what is said in %s, and says so without asking', async (_, given, words) => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Summarize from here', given));
    expect(scene.shown().text).toMatch(words);
    expect(scene.reads).toEqual([]);
    expect(scene.runs.submitted).toEqual([]);
  });

  test('FAULTS 38: whoever may not read the history gets no summary of it', async () => {
    const history = new SwitchboardError('missing-permission', 'no');
    const scene = createCommandScene({ history });
    await scene.use(toMessageCommand('Summarize from here'));
    expect(scene.shown().text).toMatch(/may not read the messages here/);
    expect(scene.runs.submitted).toEqual([]);
  });

  test('an outage of Discord is not taken for a refusal', async () => {
    const scene = createCommandScene({ history: new Error('down') });
    await scene.use(toMessageCommand('Summarize from here'));
    expect(scene.shown().text).toMatch(/went wrong/);
  });
});

describe('Remember this', () => {
  test('FAULTS 45: keeps the text as what its author wrote, for whoever asked', async () => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Remember this', { message: { content: 'Tea\n at four.' } }));
    expect(scene.remembered).toEqual([
      {
        userId: '100',
        text: 'Bob wrote: “Tea at four.”',
        audience: { kind: 'channel', guildId: '1', channelId: '10', everyone: true },
      },
    ]);
    expect(scene.shown()).toMatchObject({ isEphemeral: true });
    expect(scene.shown().text).toMatch(/^I remember this: Bob wrote: “Tea at four.”/);
  });

  const here = { kind: 'channel', guildId: '1', channelId: '10', everyone: true } as const;
  test.each([
    ['a direct message', { guildId: null }, false],
    ['people among themselves', betweenPeople, false],
    ['a private answer of the bot', { message: { flags: 64 } }, false],
    ['a hidden channel', { channel: { id: '12', type: 0 } }, false],
    ['another server', inForeignGuild, false],
    ['the channel itself', {}, true],
  ])('FAULTS 37: what was read in %s', async (_, given, mayComeUp) => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Remember this', given));
    const audience = scene.remembered[0]?.audience;
    expect(audience && isWithinAudience(audience, here)).toBe(mayComeUp);
    expect(audience && isWithinAudience(audience, { kind: 'private', userId: '100' })).toBe(true);
  });

  test('a long text is cut to what a fact may have, and the person is told', async () => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Remember this', { message: { content: '🫖'.repeat(400) } }));
    const text = scene.remembered[0]?.text ?? '';
    expect(text.length).toBeLessThanOrEqual(500);
    expect(text).toMatch(/…”$/);
    expect(text.isWellFormed()).toBe(true);
    expect(scene.shown().text).toMatch(/^I remember its beginning/);
  });

  test('no more than there is room for', async () => {
    const full = new SwitchboardError('too-many-facts', '200 facts are kept for each person.');
    const scene = createCommandScene({
      change: (context) => ({
        ...context,
        facts: { ...context.facts, remember: () => Promise.reject(full) },
      }),
    });
    await scene.use(toMessageCommand('Remember this'));
    expect(scene.shown().text).toMatch(/cannot keep more: 200 facts/);
  });

  test('a picture has no text to remember', async () => {
    const scene = createCommandScene();
    await scene.use(toMessageCommand('Remember this', { message: { content: '' } }));
    expect(scene.shown().text).toMatch(/no text/);
    expect(scene.remembered).toEqual([]);
  });
});
