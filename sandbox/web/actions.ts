import { z } from 'zod';
import type { CommandOptions, SimulatedDiscord, SimulatedInteraction } from '../discord/types.ts';

const MAX_FILE_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 10;

const id = z.string().regex(/^\d{1,20}$/);
const file = z.strictObject({
  name: z.string().min(1).max(200),
  contentType: z.string().max(100),
  base64: z.base64().max(Math.ceil((MAX_FILE_BYTES * 4) / 3) + 4),
});
const optionValue = z.union([z.string().max(6_000), z.number(), z.boolean()]);
const inChannel = { userId: id, channelId: id };
const command = {
  ...inChannel,
  name: z.string().max(32),
  subcommand: z.string().max(70).optional(),
  values: z.record(z.string(), optionValue).optional(),
};

/** What the page may ask for: acts of people, as `People` of the simulator has them. */
export const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('say'),
    ...inChannel,
    content: z.string().max(4_000),
    replyTo: id.optional(),
    pingReply: z.boolean().optional(),
    files: z.array(file).max(MAX_FILES).optional(),
  }),
  z.strictObject({ type: z.literal('edit'), userId: id, messageId: id, content: z.string().max(4_000) }),
  z.strictObject({ type: z.literal('delete'), userId: id, messageId: id }),
  z.strictObject({ type: z.literal('react'), userId: id, messageId: id, emoji: z.string().max(60) }),
  z.strictObject({
    type: z.literal('command'),
    ...command,
    files: z.record(z.string(), file).optional(),
  }),
  z.strictObject({ type: z.literal('autocomplete'), ...command, focused: z.string().max(32) }),
  z.strictObject({ type: z.literal('context-menu'), ...inChannel, name: z.string().max(32), targetId: id }),
  z.strictObject({ type: z.literal('press'), userId: id, messageId: id, customId: z.string().max(100) }),
  z.strictObject({
    type: z.literal('select'),
    userId: id,
    messageId: id,
    customId: z.string().max(100),
    values: z.array(z.string().max(100)).max(25),
  }),
  z.strictObject({
    type: z.literal('submit-modal'),
    userId: id,
    interactionId: id,
    values: z.record(z.string(), z.string().max(4_000)),
  }),
  z.strictObject({
    type: z.literal('start-thread'),
    ...inChannel,
    name: z.string().min(1).max(100),
    messageId: id.optional(),
  }),
  z.strictObject({ type: z.literal('open-dm'), userId: id }),
  z.strictObject({ type: z.literal('add-person'), guildId: id, name: z.string().trim().min(1).max(32) }),
]);

export type Action = z.infer<typeof actionSchema>;

/** How an interaction that the page began goes on: `modal` is the form to show, if the app answered with one. */
export interface InteractionView {
  readonly interactionId: string;
  readonly modal?: unknown;
}

/** Does what a person on the page does. Throws with a plain sentence where Discord would refuse it. */
export async function act(discord: SimulatedDiscord, action: Action): Promise<unknown> {
  const { people } = discord;
  switch (action.type) {
    case 'say':
      return people.say(action.userId, action.channelId, action.content, {
        ...(action.replyTo === undefined ? {} : { replyTo: action.replyTo }),
        ...(action.pingReply === undefined ? {} : { pingReply: action.pingReply }),
        attachments: (action.files ?? []).map(toBytes),
      });
    case 'edit':
      return people.edit(action.userId, action.messageId, action.content);
    case 'delete':
      people.deleteMessage(action.userId, action.messageId);
      return undefined;
    case 'react':
      people.react(action.userId, action.messageId, action.emoji);
      return undefined;
    case 'start-thread':
      return people.startThread(action.userId, action.channelId, {
        name: action.name,
        ...(action.messageId === undefined ? {} : { messageId: action.messageId }),
      });
    case 'open-dm':
      return people.openDm(action.userId);
    case 'add-person': {
      const user = people.addUser({ name: action.name });
      people.join(action.guildId, user.id);
      return user;
    }
    case 'autocomplete': {
      const options = { ...toCommandOptions(action), focused: action.focused };
      return people.autocomplete(action.userId, action.channelId, action.name, options);
    }
    case 'command':
    case 'context-menu':
    case 'press':
    case 'select':
    case 'submit-modal':
      return toInteractionView(await interact(discord, action));
  }
}

type Interaction = Extract<
  Action,
  { type: 'command' | 'context-menu' | 'press' | 'select' | 'submit-modal' }
>;

function interact({ people }: SimulatedDiscord, action: Interaction): Promise<SimulatedInteraction> {
  switch (action.type) {
    case 'command':
      return people.command(action.userId, action.channelId, action.name, {
        ...toCommandOptions(action),
        attachments: Object.fromEntries(
          Object.entries(action.files ?? {}).map(([name, upload]) => [name, toBytes(upload)]),
        ),
      });
    case 'context-menu':
      return people.contextMenu(action.userId, action.channelId, action.name, action.targetId);
    case 'press':
      return people.press(action.userId, action.messageId, action.customId);
    case 'select':
      return people.select(action.userId, action.messageId, action.customId, action.values);
    case 'submit-modal':
      return people.submitModal(action.userId, action.interactionId, action.values);
  }
}

function toInteractionView(interaction: SimulatedInteraction): InteractionView {
  const interactionId = interaction.id;
  return interaction.state() === 'modal' ? { interactionId, modal: interaction.modal() } : { interactionId };
}

function toCommandOptions(action: {
  subcommand?: string | undefined;
  values?: Record<string, string | number | boolean> | undefined;
}): CommandOptions {
  return {
    ...(action.subcommand === undefined ? {} : { subcommand: action.subcommand }),
    values: action.values ?? {},
  };
}

function toBytes(upload: z.infer<typeof file>) {
  const { name, contentType, base64 } = upload;
  return { name, contentType, content: new Uint8Array(Buffer.from(base64, 'base64')) };
}
