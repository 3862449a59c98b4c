import {
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  MessageFlags,
  SlashCommandBuilder,
  type ChatInputCommandInteraction,
  type Client,
  type Interaction,
} from 'discord.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectClient } from './discord-js.ts';
import { createStage, until, type Stage } from './stage.ts';

let stage: Stage;
let client: Client<true>;
let handle: (interaction: Interaction) => Promise<unknown>;

const ask = new SlashCommandBuilder()
  .setName('ask')
  .setDescription('Asks')
  .addStringOption((option) => option.setName('question').setDescription('What').setRequired(true))
  .addStringOption((option) => option.setName('model').setDescription('Which').setAutocomplete(true))
  .addAttachmentOption((option) => option.setName('file').setDescription('A file'))
  .addUserOption((option) => option.setName('whom').setDescription('A person'))
  .setContexts(InteractionContextType.Guild, InteractionContextType.BotDM)
  .setIntegrationTypes(ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall);

const memory = new SlashCommandBuilder()
  .setName('memory')
  .setDescription('Memory')
  .addSubcommand((sub) => sub.setName('show').setDescription('Shows'))
  .addSubcommand((sub) =>
    sub
      .setName('forget')
      .setDescription('Forgets')
      .addIntegerOption((option) =>
        option.setName('days').setDescription('How far back').setMinValue(1).setMaxValue(30),
      ),
  )
  .setContexts(InteractionContextType.Guild);

const moderate = new SlashCommandBuilder()
  .setName('moderate')
  .setDescription('For moderators')
  .setDefaultMemberPermissions(1n << 13n);

beforeAll(async () => {
  stage = await createStage({ interactionWindowMs: 400 });
  client = await connectClient(stage.discord);
  client.on('interactionCreate', (interaction) => {
    handle(interaction).catch((error: unknown) => {
      throw error;
    });
  });
  await client.application.commands.set([
    ask.toJSON(),
    memory.toJSON(),
    moderate.toJSON(),
    { name: 'Ask about this', type: ApplicationCommandType.Message },
    { name: 'Who is this', type: ApplicationCommandType.User },
  ]);
});

beforeEach(() => {
  handle = () => Promise.resolve();
});

afterAll(async () => {
  await client.destroy();
  await stage.discord.stop();
});

function onCommand(act: (interaction: ChatInputCommandInteraction) => Promise<unknown>): void {
  handle = (interaction) => (interaction.isChatInputCommand() ? act(interaction) : Promise.resolve());
}

function askAs(userId: string, question = 'why') {
  return stage.discord.people.command(userId, stage.channelId, 'ask', { values: { question } });
}

describe('slash commands', () => {
  test('answered at once, in the channel', async () => {
    onCommand((interaction) =>
      interaction.reply(`You asked ${interaction.options.getString('question', true)}`),
    );
    const seen = await askAs(stage.annId);
    expect(seen.state()).toBe('answered');
    const message = await seen.answer();
    expect(message).toMatchObject({ content: 'You asked why', type: 20 });
    expect(stage.discord.message(stage.channelId, message.id)).toBeDefined();
  });

  test('deferred, edited, followed up and taken back', async () => {
    const shown: unknown[] = [];
    const end = stage.discord.observe((event) => {
      if (event.type === 'interaction-response') shown.push(event.message?.content);
    });
    const done = Promise.withResolvers<undefined>();
    onCommand(async (interaction) => {
      await interaction.deferReply();
      await interaction.editReply('first');
      await interaction.editReply('second');
      const more = await interaction.followUp('more');
      await interaction.deleteReply(more);
      done.resolve(undefined);
    });
    const seen = await askAs(stage.annId);
    expect(seen.state()).toBe('thinking');
    expect((await seen.answer()).content).toBe('first');
    await done.promise;
    end();
    expect(shown).toEqual([undefined, 'first', 'second', 'more']);
    expect(seen.messages().map(({ content }) => content)).toEqual(['second']);
  });

  test('an ephemeral answer is seen by its person alone', async () => {
    onCommand((interaction) => interaction.reply({ content: 'quietly', flags: MessageFlags.Ephemeral }));
    const message = await (await askAs(stage.annId)).answer();
    expect(stage.discord.message(stage.channelId, message.id)).toBeUndefined();
    expect(stage.discord.messages(stage.channelId).some(({ content }) => content === 'quietly')).toBe(false);
  });

  test('an answer after the window is 10062, a second one 40060', async () => {
    const codes: unknown[] = [];
    const codeOf = (error: unknown) => codes.push((error as { code: number }).code);
    onCommand(async (interaction) => {
      await new Promise((resolve) => setTimeout(resolve, 420));
      await interaction.reply('too late').catch(codeOf);
    });
    await expect(askAs(stage.annId)).rejects.toThrow('The application did not respond');
    await until(() => codes.length === 1);

    onCommand(async (interaction) => {
      await interaction.reply('one');
      await client.rest
        .post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
          body: { type: 4, data: { content: 'two' } },
        })
        .catch(codeOf);
    });
    await askAs(stage.annId);
    await until(() => codes.length === 2);
    expect(codes).toEqual([10062, 40060]);
  });

  test('options arrive with what they name', async () => {
    const { annId, bobId, channelId, discord } = stage;
    let options: unknown;
    onCommand((interaction) => {
      const file = interaction.options.getAttachment('file', true);
      options = {
        whom: interaction.options.getUser('whom', true).username,
        file: file.name,
        size: file.size,
      };
      return interaction.reply('thanks');
    });
    await discord.people.command(annId, channelId, 'ask', {
      values: { question: 'x', whom: bobId },
      attachments: { file: { name: 'notes.txt', content: new Uint8Array(3) } },
    });
    expect(options).toEqual({ whom: 'bob', file: 'notes.txt', size: 3 });
  });

  test('subcommands with their own options', async () => {
    let told: unknown;
    onCommand((interaction) => {
      told = [interaction.options.getSubcommand(), interaction.options.getInteger('days')];
      return interaction.reply('done');
    });
    const { people } = stage.discord;
    await people.command(stage.annId, stage.channelId, 'memory', {
      subcommand: 'forget',
      values: { days: 7 },
    });
    expect(told).toEqual(['forget', 7]);
    const forget = (days: number) =>
      people.command(stage.annId, stage.channelId, 'memory', { subcommand: 'forget', values: { days } });
    await expect(forget(31)).rejects.toThrow('at most 30');
    await expect(people.command(stage.annId, stage.channelId, 'memory')).rejects.toThrow(
      'needs a subcommand',
    );
  });

  test('who may not, and where not', async () => {
    const { people } = stage.discord;
    const dm = people.openDm(stage.annId);
    await expect(people.command(stage.annId, stage.channelId, 'moderate')).rejects.toThrow('may not use');
    await expect(people.command(stage.annId, stage.channelId, 'nothing')).rejects.toThrow('no command');
    await expect(people.command(stage.annId, stage.channelId, 'ask')).rejects.toThrow(
      'needs the option question',
    );
    const inDm = people.command(stage.annId, dm.id, 'memory', { subcommand: 'show' });
    await expect(inDm).rejects.toThrow('not for direct messages');
  });

  test('autocomplete', async () => {
    handle = (interaction) =>
      interaction.isAutocomplete()
        ? interaction.respond([{ name: interaction.options.getFocused().toUpperCase(), value: 'm-1' }])
        : Promise.resolve();
    const choices = await stage.discord.people.autocomplete(stage.annId, stage.channelId, 'ask', {
      focused: 'model',
      values: { model: 'gp' },
    });
    expect(choices).toEqual([{ name: 'GP', value: 'm-1' }]);
  });
});

test('context menus carry their target, with its content', async () => {
  const id = stage.say('no mention of the bot');
  const told: unknown[] = [];
  handle = (interaction) => {
    if (interaction.isMessageContextMenuCommand()) told.push(interaction.targetMessage.content);
    if (interaction.isUserContextMenuCommand()) told.push(interaction.targetUser.username);
    return interaction.isContextMenuCommand() ? interaction.reply('seen') : Promise.resolve();
  };
  const { people } = stage.discord;
  const seen = await people.contextMenu(stage.bobId, stage.channelId, 'Ask about this', id);
  expect((await seen.answer()).type).toBe(23);
  await people.contextMenu(stage.bobId, stage.channelId, 'Who is this', stage.annId);
  expect(told).toEqual(['no mention of the bot', 'ann']);
});

describe('in a server without the bot', () => {
  test('a user-installed command has five follow-ups', async () => {
    const { people } = stage.discord;
    const guild = people.addGuild({ memberIds: [stage.annId], withBot: false });
    const channel = people.addChannel(guild.id);
    const codes: number[] = [];
    let context: unknown;
    onCommand(async (interaction) => {
      context = interaction.authorizingIntegrationOwners[ApplicationIntegrationType.UserInstall];
      await interaction.reply('answer');
      for (let index = 0; index < 6; index += 1) {
        await interaction.followUp(`${index}`).catch((error: unknown) => {
          codes.push((error as { code: number }).code);
        });
      }
    });
    const options = { values: { question: 'x' } };
    await expect(people.command(stage.annId, channel.id, 'ask', options)).rejects.toThrow(
      'not in this server',
    );
    const seen = await people.command(stage.annId, channel.id, 'ask', { ...options, userInstalled: true });
    await until(() => codes.length === 1);
    expect(context).toBe(stage.annId);
    expect(codes).toEqual([40094]);
    expect(seen.messages()).toHaveLength(6);
    const notForUsers = people.command(stage.annId, channel.id, 'moderate', { userInstalled: true });
    await expect(notForUsers).rejects.toThrow('not for user installs');
  });
});

test('the token ends: no more edits', async () => {
  const brief = await createStage({ interactionTokenMs: 150 });
  const commands = `/applications/${brief.discord.applicationId}/commands`;
  await brief.rest('PUT', commands, [{ name: 'ask', description: 'Asks' }]);
  const bot = await connectClient(brief.discord);
  const late = Promise.withResolvers<unknown>();
  bot.on('interactionCreate', (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    const answer = async (): Promise<void> => {
      await interaction.deferReply();
      await new Promise((resolve) => setTimeout(resolve, 170));
      await interaction.editReply('late');
    };
    answer().catch(late.resolve);
  });
  await brief.discord.people.command(brief.annId, brief.channelId, 'ask');
  expect(await late.promise).toMatchObject({ code: 50027, status: 401 });
  await bot.destroy();
  await brief.discord.stop();
});
