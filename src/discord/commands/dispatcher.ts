import {
  ApplicationCommandType,
  InteractionType,
  type APIApplicationCommandInteraction,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageApplicationCommandInteraction,
} from 'discord.js';
import { createBackgroundWork } from '../../lib/background-work.ts';
import { createLruCache } from '../../lib/lru-cache.ts';
import { isControl, pressControl } from '../controls/press-control.ts';
import type { Command } from './command.ts';
import { respondEphemerally, toRef } from './interaction-response.ts';
import { createPendingForms, isCommandForm } from './forms.ts';
import { runCommand, submitForm, suggestChoices, type RunCommandOptions } from './run-command.ts';

export interface DispatcherOptions extends RunCommandOptions {
  readonly commands: readonly Command[];
}

export interface Dispatcher {
  /** Returns at once and never throws. Every interaction is answered, once. */
  readonly dispatch: (interaction: APIInteraction) => void;
  /** Resolves when everything dispatched so far has been answered. */
  idle(): Promise<void>;
}

/** As long as an interaction's token lives. */
const seenTtlMs = 15 * 60_000;
const maxSeen = 10_000;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { log } = options;
  const seen = createLruCache<true>({ max: maxSeen, ttl: seenTtlMs });
  const work = createBackgroundWork(log);
  const route = createRoutes(options);

  const answer = async (interaction: APIInteraction): Promise<void> => {
    try {
      await route(interaction);
    } catch (error) {
      log.warn({ err: error, interactionId: interaction.id }, 'an interaction could not be answered');
    }
  };

  return {
    dispatch(interaction) {
      if (seen.has(interaction.id)) return;
      seen.set(interaction.id, true);
      work.add(answer(interaction), 'the dispatcher failed');
    },
    idle: () => work.settled(),
  };
}

/** Which part of the bot an interaction is for. */
function createRoutes(options: DispatcherOptions): (interaction: APIInteraction) => Promise<void> {
  const commands = new Map(options.commands.map((command) => [toKey(command.definition), command]));
  const forms = createPendingForms();

  return async (interaction) => {
    switch (interaction.type) {
      case InteractionType.ApplicationCommand: {
        const command = commands.get(toKey(interaction.data));
        if (command && isOurKind(interaction)) return runCommand(interaction, command, forms, options);
        break;
      }
      case InteractionType.ApplicationCommandAutocomplete:
        return suggestChoices(interaction, commands.get(toKey(interaction.data)), options);
      case InteractionType.ModalSubmit:
        if (isCommandForm(interaction.data.custom_id)) return submitForm(interaction, forms, options);
        break;
      case InteractionType.MessageComponent:
        if (isControl(interaction)) return pressControl(interaction, options);
        break;
      case InteractionType.Ping:
    }
    const text = 'I do not know this command or button, perhaps any more.';
    await respondEphemerally(options.rest, toRef(interaction), text);
  };
}

/** A slash command and a context-menu command may have the same name. */
function toKey(command: {
  readonly type?: ApplicationCommandType | undefined;
  readonly name: string;
}): string {
  return `${command.type ?? ApplicationCommandType.ChatInput} ${command.name}`;
}

function isOurKind(
  interaction: APIApplicationCommandInteraction,
): interaction is APIChatInputApplicationCommandInteraction | APIMessageApplicationCommandInteraction {
  const { type } = interaction.data;
  return type === ApplicationCommandType.ChatInput || type === ApplicationCommandType.Message;
}
