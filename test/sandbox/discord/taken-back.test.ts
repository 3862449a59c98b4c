import { MessageFlags } from 'discord-api-types/v10';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SimulatedInteraction } from '../../../sandbox/discord/types.ts';
import { openGateway, type RawGateway } from './raw-gateway.ts';
import { createStage, until, type RestResult, type Stage } from './stage.ts';

let stage: Stage;
let gateway: RawGateway;

beforeAll(async () => {
  stage = await createStage();
  const definitions = [
    { name: 'ask', description: 'Asks', contexts: [0, 1, 2], integration_types: [0, 1] },
    { name: 'Show', type: 3, contexts: [0, 2], integration_types: [0, 1] },
  ];
  await stage.rest('PUT', `/applications/${stage.discord.applicationId}/commands`, definitions);
  gateway = await openGateway(stage.discord);
  await gateway.identify();
});
beforeEach(() => {
  gateway.frames.length = 0;
});
afterAll(async () => {
  gateway.close();
  await stage.discord.stop();
});

interface Interaction {
  readonly id: string;
  readonly token: string;
  readonly context: number;
}

/** Lets a person act, and acknowledges with that callback. */
async function act(
  start: () => Promise<SimulatedInteraction>,
  callback: object,
): Promise<{ seen: SimulatedInteraction; webhook: string; interaction: Interaction }> {
  gateway.frames.length = 0;
  const started = start();
  await until(() => gateway.dispatches('INTERACTION_CREATE').length === 1);
  const [frame] = gateway.dispatches('INTERACTION_CREATE');
  const interaction = frame?.d as unknown as Interaction;
  await stage.rest('POST', `/interactions/${interaction.id}/${interaction.token}/callback`, callback);
  const webhook = `/webhooks/${stage.discord.applicationId}/${interaction.token}`;
  return { seen: await started, webhook, interaction };
}

const ask = (callback: object) =>
  act(() => stage.discord.people.command(stage.annId, stage.channelId, 'ask'), callback);
const contents = (): string[] => stage.discord.messages(stage.channelId).map(({ content }) => content);
const status = ({ status, body }: RestResult): unknown[] => [status, body.code];

test.each([
  ['in the channel', {}],
  ['for one person', { flags: MessageFlags.Ephemeral }],
])('a deferred answer that was deleted, %s: a follow-up is a message of its own', async (_, data) => {
  const { webhook, seen } = await ask({ type: 5, data });
  expect(status(await stage.rest('DELETE', `${webhook}/messages/@original`))).toEqual([204, undefined]);
  expect(seen.messages()).toEqual([]);
  for (const method of ['GET', 'PATCH', 'DELETE'])
    expect(status(await stage.rest(method, `${webhook}/messages/@original`))).toEqual([404, 10_008]);
  const { body } = await stage.rest('POST', webhook, { content: 'after all' });
  expect(seen.messages().map(({ id, content }) => ({ id, content }))).toEqual([
    { id: body.id, content: 'after all' },
  ]);
  expect(status(await stage.rest('PATCH', `${webhook}/messages/@original`, { content: 'x' }))).toEqual([
    404, 10_008,
  ]);
});

test('one whose message was deleted through its channel is not filled either', async () => {
  const { webhook, seen } = await ask({ type: 5 });
  const [loading] = seen.messages();
  await stage.rest('DELETE', `/channels/${stage.channelId}/messages/${loading?.id ?? ''}`);
  const { body } = await stage.rest('POST', webhook, { content: 'still here' });
  expect(body.id).not.toBe(loading?.id);
  expect(contents()).toContain('still here');
});

test('@original may come encoded, as client libraries send it', async () => {
  const { webhook } = await ask({ type: 5 });
  const edited = await stage.rest('PATCH', `${webhook}/messages/%40original`, { content: 'edited' });
  expect(edited.body).toMatchObject({ content: 'edited' });
  expect(status(await stage.rest('DELETE', `${webhook}/messages/%40original`))[0]).toBe(204);
});

test('a button takes away the private message that it stands on', async () => {
  const components = [{ type: 1, components: [{ type: 2, style: 2, label: 'Delete', custom_id: 'delete' }] }];
  const data = { content: 'secret', flags: MessageFlags.Ephemeral, components };
  const { seen, webhook: first } = await ask({ type: 4, data });
  const { id } = await seen.answer();
  const gone: string[] = [];
  const stop = stage.discord.observe((event) => {
    if (event.type === 'message-delete') gone.push(event.messageId);
  });
  const pressed = await act(() => stage.discord.people.press(stage.annId, id, 'delete'), { type: 6 });
  expect((await stage.rest('DELETE', `${pressed.webhook}/messages/@original`)).status).toBe(204);
  stop();
  expect(gone).toEqual([id]);
  expect(seen.messages()).toEqual([]);
  expect((await stage.rest('GET', `${first}/messages/@original`)).status).toBe(404);
});

test('between two people: the app is heard of by interactions alone', async () => {
  const { people } = stage.discord;
  const dm = people.openDm(stage.annId, stage.bobId);
  expect(people.openDm(stage.bobId, stage.annId).id).toBe(dm.id);
  const message = people.say(stage.bobId, dm.id, 'Good morning');
  const { seen, interaction, webhook } = await act(
    () => people.contextMenu(stage.annId, dm.id, 'Show', message.id),
    { type: 5 },
  );
  expect(interaction.context).toBe(2);
  expect(gateway.dispatches('MESSAGE_CREATE')).toEqual([]);
  expect(status(await stage.rest('POST', `/channels/${dm.id}/messages`, { content: 'hi' }))).toEqual([
    403, 50_001,
  ]);
  await stage.rest('PATCH', `${webhook}/messages/@original`, { content: 'shown' });
  expect((await seen.answer()).content).toBe('shown');
});
