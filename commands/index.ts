import type { Command } from '../src/discord/commands/command.ts';
import { askAbout } from './ask-about.ts';
import { ask } from './ask.ts';
import { memory } from './memory.ts';
import { rememberMessage } from './remember.ts';
import { reset } from './reset.ts';
import { settings } from './settings.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { summarize } from './summarize.ts';
import { thread } from './thread.ts';
import { translate } from './translate.ts';

/** Every slash command and every command on a message. A new one is a file and a line here. */
export const commands: readonly Command[] = [
  ask,
  stop,
  reset,
  memory,
  status,
  settings,
  thread,
  askAbout,
  summarize,
  translate,
  rememberMessage,
];
