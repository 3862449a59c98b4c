import {
  ApplicationCommandTypes,
  Client,
  Intents,
  type AnyInteractionGateway,
  type Message,
} from 'oceanic.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStage, until, type Stage } from './stage.ts';

let stage: Stage;
let client: Client;
const heard: Message[] = [];

beforeAll(async () => {
  stage = await createStage();
  client = new Client({
    auth: `Bot ${stage.discord.token}`,
    rest: { baseURL: `${stage.discord.apiUrl}/v10` },
    gateway: {
      intents: Intents.GUILDS | Intents.GUILD_MESSAGES | Intents.DIRECT_MESSAGES,
      autoReconnect: true,
    },
  });
  client.on('messageCreate', (message) => {
    if (!message.author.bot) heard.push(message);
  });
  const ready = Promise.withResolvers<undefined>();
  client.once('ready', () => {
    ready.resolve(undefined);
  });
  client.on('error', ready.reject);
  await client.connect();
  await ready.promise;
});

afterAll(async () => {
  client.disconnect(false);
  await stage.discord.stop();
});

test('another client library hears, answers, edits and reacts', async () => {
  const { discord, channelId, guildId } = stage;
  expect(client.guilds.get(guildId)?.name).toBe('Lab');
  const id = stage.say(`<@${discord.botUserId}> hello`);
  await until(() => heard.length === 1);
  expect(heard[0]?.content).toContain('hello');

  const reply = await client.rest.channels.createMessage(channelId, {
    content: 'Good morning',
    messageReference: { messageID: id },
    files: [{ name: 'a.txt', contents: Buffer.from('x') }],
  });
  expect(reply.referencedMessage?.id).toBe(id);
  expect(reply.attachments.first()?.filename).toBe('a.txt');
  await client.rest.channels.editMessage(channelId, reply.id, { content: 'Good evening' });
  await client.rest.channels.createReaction(channelId, id, '👋');
  expect(discord.message(channelId, reply.id)?.content).toBe('Good evening');
  expect(discord.reactions(id)).toEqual([{ emoji: '👋', userIds: [discord.botUserId] }]);
});

test('it registers and answers a command', async () => {
  await client.application.bulkEditGlobalCommands([
    { type: ApplicationCommandTypes.CHAT_INPUT, name: 'ask', description: 'Asks' },
  ]);
  client.once('interactionCreate', (interaction: AnyInteractionGateway) => {
    if (!interaction.isCommandInteraction()) return;
    const answer = async (): Promise<void> => {
      await interaction.defer();
      await interaction.editOriginal({ content: 'Answered' });
    };
    answer().catch((error: unknown) => {
      throw error;
    });
  });
  const seen = await stage.discord.people.command(stage.annId, stage.channelId, 'ask');
  expect((await seen.answer()).content).toBe('Answered');
});

test('it resumes after its socket dropped', async () => {
  stage.discord.faults.dropSockets(4000);
  stage.say(`<@${stage.discord.botUserId}> meanwhile`);
  await until(() => heard.length === 2);
  expect(heard[1]?.content).toContain('meanwhile');
});
