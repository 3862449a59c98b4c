import type { APIMessage } from 'discord-api-types/v10';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toBotEnvironment } from '../../sandbox/bot-environment.ts';
import { startDiscord } from '../../sandbox/discord/server.ts';
import type { SayOptions, SimulatedDiscord, SimulatorEvent } from '../../sandbox/discord/types.ts';
import { startModelServer } from '../../sandbox/model/server.ts';
import type { ScriptedModelServer, ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { createApp, type App } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { withPlainMarks } from '../prompt/plain-marks.ts';
import { toBytes, toOgg, toPicture, toPixelBomb } from '../attachments/files.ts';
import { toPdf } from '../attachments/pdf-files.ts';

let discord: SimulatedDiscord;
let model: ScriptedModelServer;
let app: App;
let channelId: string;
let annId: string;
let bobId: string;

beforeAll(async () => {
  discord = await startDiscord();
  model = await startModelServer({ transcript: 'How tall is the tower?' });
  annId = discord.people.addUser({ name: 'Ann' }).id;
  bobId = discord.people.addUser({ name: 'Bob' }).id;
  const guild = discord.people.addGuild({ memberIds: [annId, bobId] });
  channelId = discord.people.addChannel(guild.id).id;
  const environment = toBotEnvironment(
    { LOG_LEVEL: 'fatal' },
    {
      token: discord.token,
      apiUrl: discord.apiUrl,
      storeUrl: 'memory://',
      scriptedModelUrl: model.baseUrl,
    },
  );
  app = createApp(parseConfig(environment));
  await app.start();
});

afterAll(async () => {
  await app.stop();
  await model.stop();
  await discord.stop();
});

beforeEach(() => {
  // A channel of its own for each test: nothing of one is remembered in another.
  const [guild] = discord.guilds();
  if (guild) channelId = discord.people.addChannel(guild.id).id;
});

type Attached = NonNullable<SayOptions['attachments']>[number];
const file = (name: string, content: Uint8Array, more: Partial<Attached> = {}): Attached => {
  return { name, content, ...more };
};

/** Asks, and resolves with what the model was asked and what Ann saw of the answer. */
async function ask(text: string, options: SayOptions, reply: ScriptedReply = { text: 'Here is my answer.' }) {
  const requests: ScriptedRequest[] = [];
  model.setScript((request) => {
    requests.push(request);
    return requests.length === 1 ? reply : { text: 'That is all.' };
  });
  const place = channelId;
  const answered = discord.waitFor(
    (event): event is Extract<SimulatorEvent, { type: 'message-create' }> =>
      event.type === 'message-create' &&
      event.message.channel_id === place &&
      event.message.author.id === discord.botUserId,
  );
  discord.people.say(annId, place, `<@${discord.botUserId}> ${text}`, options);
  const { message } = await answered;
  return { message, question: questionOf(requests[0]), requests };
}

interface WirePart {
  readonly type: string;
  readonly text?: string;
  readonly image_url?: { readonly url: string };
}

function questionOf(request: ScriptedRequest | undefined): { text: string; images: string[] } {
  const content = request?.messages.at(-1)?.content;
  const parts: WirePart[] = Array.isArray(content)
    ? (content as WirePart[])
    : [{ type: 'text', text: String(content) }];
  return {
    text: parts.map((part) => part.text ?? '<IMAGE>').join(''),
    images: parts.flatMap(({ image_url }) => image_url?.url ?? []),
  };
}

interface ShownFile {
  readonly name: string;
  readonly text: string;
}

/** The message once it carries so many files, with their content. */
async function filesOf(message: APIMessage, count = 1): Promise<{ content: string; files: ShownFile[] }> {
  const current = (): APIMessage => discord.message(message.channel_id, message.id) ?? message;
  await expect.poll(() => current().attachments.length).toBe(count);
  const { content, attachments } = current();
  const files = attachments.map(async ({ filename, url }) => {
    return { name: filename, text: await (await fetch(url)).text() };
  });
  return { content, files: await Promise.all(files) };
}

test('an image reaches the model, also one that is only forwarded', async () => {
  const picture = await toPicture(64, 32, 'webp');
  const shown = await ask('What is this?', { attachments: [file('cat.webp', picture)] });
  expect(shown.question.images).toEqual([expect.stringMatching(/^data:image\/(?:png|jpeg);base64,\S+$/)]);
  expect(withPlainMarks(shown.question.text)).toContain(
    '<attached_file name="cat.webp" kind="image, 64 × 32 pixels">\n<IMAGE>',
  );
  expect(shown.message.content).toBe('Here is my answer.');

  const original = discord.people.say(bobId, channelId, 'look at this', {
    attachments: [file('dog.png', picture)],
  });
  const dm = discord.people.openDm(annId);
  channelId = dm.id;
  const forwarded = await ask('', { forward: original.id });
  expect(forwarded.question.images).toHaveLength(1);
  expect(forwarded.question.text).toMatch(/<quoted_message-\w+ [^>]*>\nlook at this\n/);
});

test('text, code and PDF reach the model side by side, and what is remembered is text', async () => {
  const attachments = [
    file('notes.txt', toBytes('Buy milk.')),
    file('main.py', toBytes('print("hi")')),
    file('report.pdf', toPdf(['Sales went up.'])),
    file('cat.png', await toPicture(10, 10)),
  ];
  const { question } = await ask('Sum this up', { attachments });
  expect(question.text).toContain('```txt\nBuy milk.\n```');
  expect(question.text).toContain('```py\nprint("hi")\n```');
  expect(withPlainMarks(question.text)).toContain(
    '<attached_file name="report.pdf" kind="PDF, 1 page">\nSales went up.',
  );
  const { requests } = await ask('And the second file?', {});
  const remembered = JSON.stringify(requests[0]?.messages);
  expect(remembered).toContain('Buy milk.');
  expect(remembered).toContain('(image: cat.png)');
  expect(remembered).not.toContain('base64');
});

test('a voice message is heard as the question', async () => {
  const voice = file('voice-message.ogg', toOgg(), { contentType: 'audio/ogg', durationSecs: 2 });
  channelId = discord.people.openDm(annId).id;
  const { question } = await ask('', { attachments: [voice] });
  expect(question.text).toBe('How tall is the tower?');
});

test('FAULTS 26: a bomb, an archive and a file of the wrong name end in sentences, and in an answer', async () => {
  const attachments = [
    file('bomb.png', await toPixelBomb(60_000)),
    file('photos.zip', Buffer.from('PK\x03\x04 and so on', 'latin1')),
    file('cat.png', Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), { contentType: 'image/png' }),
    file('fine.txt', toBytes('fine')),
  ];
  const { question, message } = await ask('Look', { attachments });
  expect(question.text).toContain('bomb.png; it was not read: it has more than 50 million pixels)');
  expect(question.text).toContain('photos.zip; it was not read: it is a ZIP archive, which I cannot read)');
  expect(question.text).toContain('cat.png; it was not read: it is a program, which I cannot read)');
  expect(question.text).toContain('```txt\nfine\n```');
  expect(question.images).toEqual([]);
  expect(message.content).toBe('Here is my answer.');
});

test('an address that no longer holds is renewed', async () => {
  discord.faults.rest({ method: 'GET', path: /^\/attachments\//, status: 403, times: 1 });
  const { question } = await ask('What does it say?', { attachments: [file('a.txt', toBytes('renewed'))] });
  expect(question.text).toContain('renewed');
  expect(discord.stats.byRoute).toMatchObject({ 'GET /channels/:id/messages/:id': 1 });
});

const csv = { name: 'sales figures.csv', content: 'month,sales\nMay,7\n' };

test('a file that a tool makes goes with the answer, in a channel and to a command', async () => {
  const reply = { toolCalls: [{ name: 'create_file', arguments: csv }] };
  const { message, requests } = await ask('Make me a table', {}, reply);
  expect(await filesOf(message)).toEqual({
    content: 'That is all.',
    files: [{ name: 'sales_figures.csv', text: csv.content }],
  });
  expect(requests[1]?.messages.at(-1)?.content).toBe(
    'sales_figures.csv (18 bytes) is attached to your answer.',
  );

  model.setScript((request) => (request.messages.at(-1)?.role === 'tool' ? { text: 'Done.' } : reply));
  const asked = await discord.people.command(annId, channelId, 'ask', { values: { question: 'A table' } });
  expect(await filesOf(await asked.answer())).toMatchObject({ files: [{ name: 'sales_figures.csv' }] });
});

test('long code and a wide table come as files, with their beginnings in the message', async () => {
  const code = Array.from({ length: 90 }, (_, index) => `const line${index} = ${index};`).join('\n');
  const rows = Array.from({ length: 30 }, (_, index) => `| ${index} | ${index * index} |`).join('\n');
  const text = `Code:\n\n\`\`\`js\n${code}\n\`\`\`\n\nSquares:\n\n| n | n² |\n|---|---|\n${rows}\n\nDone.`;
  const { message } = await ask('Write it', {}, { text, chunkCharacters: 200 });
  const { content, files } = await filesOf(message, 2);
  expect(files).toEqual([
    { name: 'code.js.txt', text: `${code}\n` },
    { name: 'table.csv', text: expect.stringContaining('n,n²\r\n0,0\r\n1,1\r\n') as string },
  ]);
  expect(content).toMatch(/-# The first 20 of 90 lines\. All of them: code\.js\.txt\n\nSquares:/);
  expect(content).toMatch(/Done\.$/);
  expect(discord.messages(message.channel_id).filter(({ author }) => author.bot)).toHaveLength(1);
});

test('where the bot may not attach files, the answer stands and says which are missing', async () => {
  const attachFiles = 1n << 15n;
  discord.people.setBotPermissions(channelId, { deny: attachFiles });
  const { message } = await ask('A table', {}, { toolCalls: [{ name: 'create_file', arguments: csv }] });
  await expect
    .poll(() => discord.message(message.channel_id, message.id)?.content)
    .toBe('That is all.\n\n-# I may not attach files here: sales_figures.csv');
});

// Last of those with images, since the bot remembers what it learnt of the model.
test('a model that sees no images is asked again without them, and later at once', async () => {
  const picture = file('cat.png', await toPicture(10, 10));
  const requests: ScriptedRequest[] = [];
  const seesNothing = (request: ScriptedRequest): ScriptedReply => {
    requests.push(request);
    const hasImage = questionOf(request).images.length > 0;
    const message = 'Invalid content type. image_url is only supported by certain models.';
    return hasImage ? { status: 400, errorBody: { error: { message } } } : { text: 'I cannot see it.' };
  };
  for (const expected of [2, 3]) {
    const answered = ask('What is this?', { attachments: [picture] });
    model.setScript(seesNothing);
    expect((await answered).message.content).toBe('I cannot see it.');
    expect(requests).toHaveLength(expected);
    expect(questionOf(requests.at(-1)).text).toContain('(an image, which you cannot see: say so)');
  }
});

test('a file of a command reaches the model', async () => {
  const asked: string[] = [];
  model.setScript((request) => {
    asked.push(questionOf(request).text);
    return { text: 'I see.' };
  });
  const interaction = await discord.people.command(annId, channelId, 'ask', {
    values: { question: 'What is in it?' },
    attachments: { attachment: { name: 'a.txt', content: toBytes('file of a command') } },
  });
  expect((await interaction.answer()).content).toBe('I see.');
  expect(asked[0]).toContain('file of a command');
});
