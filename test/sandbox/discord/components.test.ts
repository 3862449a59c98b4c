import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
  type Client,
  type Interaction,
} from 'discord.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectClient } from './discord-js.ts';
import { createStage, until, type Stage } from './stage.ts';

let stage: Stage;
let client: Client<true>;
let handle: (interaction: Interaction) => Promise<unknown>;

beforeAll(async () => {
  stage = await createStage();
  client = await connectClient(stage.discord);
  client.on('interactionCreate', (interaction) => {
    handle(interaction).catch((error: unknown) => {
      throw error;
    });
  });
});

beforeEach(() => {
  handle = () => Promise.resolve();
});

afterAll(async () => {
  await client.destroy();
  await stage.discord.stop();
});

const row = new ActionRowBuilder<ButtonBuilder>().addComponents(
  new ButtonBuilder().setCustomId('stop').setLabel('Stop').setStyle(ButtonStyle.Danger),
  new ButtonBuilder().setCustomId('off').setLabel('Off').setStyle(ButtonStyle.Primary).setDisabled(true),
);

async function post(components: object[]): Promise<string> {
  const path = `/channels/${stage.channelId}/messages`;
  return (await stage.rest('POST', path, { content: 'Running', components })).body.id;
}

test('a button updates its message, or answers aside', async () => {
  const { people } = stage.discord;
  const id = await post([row.toJSON()]);
  handle = (interaction) =>
    interaction.isButton() ? interaction.update({ content: 'Stopped', components: [] }) : Promise.resolve();
  const pressed = await people.press(stage.annId, id, 'stop');
  expect(pressed.state()).toBe('updated');
  expect(stage.discord.message(stage.channelId, id)).toMatchObject({ content: 'Stopped', components: [] });
  await expect(people.press(stage.annId, id, 'stop')).rejects.toThrow('no control stop');

  const other = await post([row.toJSON()]);
  await expect(people.press(stage.annId, other, 'off')).rejects.toThrow('switched off');
  handle = async (interaction) => {
    if (!interaction.isButton()) return;
    await interaction.deferUpdate();
    await interaction.editReply('Edited');
    await interaction.followUp({ content: 'Not yours', flags: MessageFlags.Ephemeral });
  };
  const second = await people.press(stage.bobId, other, 'stop');
  await until(() => second.messages().length === 2);
  expect(second.messages().map(({ content }) => content)).toEqual(['Edited', 'Not yours']);
});

test('a button on an ephemeral message', async () => {
  const { people } = stage.discord;
  const id = await post([row.toJSON()]);
  handle = (interaction) =>
    interaction.isButton()
      ? interaction.reply({ content: 'Sure?', components: [row], flags: MessageFlags.Ephemeral })
      : Promise.resolve();
  const message = await (await people.press(stage.annId, id, 'stop')).answer();
  expect(stage.discord.message(stage.channelId, message.id)).toBeUndefined();
  handle = (interaction) => (interaction.isButton() ? interaction.update('Sure.') : Promise.resolve());
  const pressed = await people.press(stage.annId, message.id, 'stop');
  expect((await pressed.answer()).content).toBe('Sure.');
  await expect(people.press(stage.bobId, message.id, 'stop')).rejects.toThrow('sees no message');
});

test('a menu, and the form that it opens', async () => {
  const menu = new StringSelectMenuBuilder()
    .setCustomId('mode')
    .addOptions({ label: 'Queue', value: 'queue' }, { label: 'Steer', value: 'steer' });
  const id = await post([new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(menu).toJSON()]);
  const input = new TextInputBuilder()
    .setCustomId('prompt')
    .setStyle(TextInputStyle.Paragraph)
    .setMaxLength(10);
  const form = new ModalBuilder()
    .setCustomId('form')
    .setTitle('Ask')
    .addLabelComponents(new LabelBuilder().setLabel('Prompt').setTextInputComponent(input));
  const told: unknown[] = [];
  handle = async (interaction) => {
    if (interaction.isStringSelectMenu()) {
      told.push(interaction.values);
      await interaction.showModal(form);
    } else if (interaction.isModalSubmit()) {
      told.push(interaction.fields.getTextInputValue('prompt'));
      await interaction.reply('thanks');
    }
  };
  const { people } = stage.discord;
  const chosen = await people.select(stage.annId, id, 'mode', ['steer']);
  expect(chosen.state()).toBe('modal');
  await expect(people.submitModal(stage.annId, chosen.id, { prompt: 'x'.repeat(11) })).rejects.toThrow('10');
  const submitted = await people.submitModal(stage.annId, chosen.id, { prompt: 'hello' });
  expect((await submitted.answer()).content).toBe('thanks');
  expect(told).toEqual([['steer'], 'hello']);
  await expect(people.select(stage.annId, id, 'mode', ['fly'])).rejects.toThrow('no value fly');
});
