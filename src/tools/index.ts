import { calculate } from './calculate.ts';
import { createFile } from './create-file.ts';
import { currentTime } from './current-time.ts';
import { readChannel } from './read-channel.ts';
import { recall } from './recall.ts';
import { remember } from './remember.ts';
import { rollDice } from './roll-dice.ts';
import type { Tool } from './tool.ts';

/** Every tool that the agent has by itself. */
export const builtInTools: readonly Tool[] = [
  currentTime,
  calculate,
  rollDice,
  remember,
  recall,
  readChannel,
  createFile,
];
