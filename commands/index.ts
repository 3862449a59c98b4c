import type { Command } from '../src/discord/commands/command.ts';
import { ask } from './ask.ts';
import { memory } from './memory.ts';
import { reset } from './reset.ts';
import { settings } from './settings.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { thread } from './thread.ts';

/** Every slash command. A new one is a file and a line here. */
export const commands: readonly Command[] = [ask, stop, reset, memory, status, settings, thread];
