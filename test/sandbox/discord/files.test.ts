import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});

afterAll(async () => {
  await stage.discord.stop();
});

test('an address expires; reading the message gives a new one', async () => {
  const brief = await createStage({ attachmentUrlMs: -1_000 });
  const { people, botUserId } = brief.discord;
  const said = people.say(brief.annId, brief.channelId, `<@${botUserId}>`, {
    attachments: [{ name: 'a.txt', content: new Uint8Array(1) }],
  });
  expect((await fetch(said.attachments[0]?.url ?? '')).status).toBe(404);
  const read = await brief.rest('GET', `/channels/${brief.channelId}/messages/${said.id}`);
  expect(read.body['attachments']).toMatchObject([{ filename: 'a.txt' }]);
  const refreshed = await brief.rest('POST', '/attachments/refresh-urls', {
    attachment_urls: [said.attachments[0]?.url],
  });
  expect(refreshed.body['refreshed_urls']).toMatchObject([{ original: said.attachments[0]?.url }]);
  await brief.discord.stop();
});

test('a file over 10 MiB is refused', async () => {
  const form = new FormData();
  form.set('payload_json', JSON.stringify({ content: 'big' }));
  form.set('files[0]', new Blob([new Uint8Array(10 * 1024 * 1024 + 1)]), 'big.bin');
  const answer = await stage.rest('POST', `/channels/${stage.channelId}/messages`, form);
  expect(answer.status).toBe(413);
  expect(answer.body.code).toBe(40005);
});

test('an edit keeps the files it lists, and adds new ones', async () => {
  const { channelId, rest } = stage;
  const upload = (payload: object, name: string): FormData => {
    const form = new FormData();
    form.set('payload_json', JSON.stringify(payload));
    form.set('files[0]', new Blob(['x']), name);
    return form;
  };
  const path = `/channels/${channelId}/messages`;
  const sent = await rest('POST', path, upload({ content: 'x' }, 'one.txt'));
  const [one] = sent.body['attachments'] as { id: string }[];
  const attachments = [{ id: one?.id }, { id: 0 }];
  const edited = await rest('PATCH', `${path}/${sent.body.id}`, upload({ attachments }, 'two.txt'));
  expect(edited.body['attachments']).toMatchObject([{ filename: 'one.txt' }, { filename: 'two.txt' }]);
  const emptied = await rest('PATCH', `${path}/${sent.body.id}`, { attachments: [] });
  expect(emptied.body['attachments']).toEqual([]);
});

test('files need their permission', async () => {
  const { discord, channelId } = stage;
  discord.people.setBotPermissions(channelId, { deny: 1n << 15n });
  const form = new FormData();
  form.set('files[0]', new Blob(['x']), 'x.txt');
  expect((await stage.rest('POST', `/channels/${channelId}/messages`, form)).body.code).toBe(50013);
  discord.people.setBotPermissions(channelId, {});
});
