import { SwitchboardError } from '../errors.ts';
import { toStorePath } from '../storage/open-storage.ts';
import { checkStore, isInOrder, toReportLines } from './check-store.ts';
import { backUpStore } from './copy-store.ts';
import { restoreStore } from './restore-store.ts';

const usage = `Usage: npm run store -- backup FILE | restore FILE [--resume] | check

  Works on the store that STORE_URL names.

  backup FILE    writes a copy of this moment to FILE, which must not exist yet; the bot may be running
  restore FILE   puts a copy of FILE in the store's place; the bot must not be running. What is replaced is kept
                 beside it. Runs that were under way in FILE are left out, for they have ended since.
      --resume   goes on with them: for moving a bot that has not run since the backup
  check          reads everything and tells what is there and what is broken; the bot may be running

  Exit codes: 0 done and in order, 1 failed or something is broken, 2 not a command, 78 STORE_URL is wrong`;

const exitCodes = { ok: 0, failed: 1, usage: 2, config: 78 } as const;

export interface StoreCommandOptions {
  readonly args: readonly string[];
  /** Throws SwitchboardError `config`. */
  readonly readStoreUrl: () => string;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** Does what the arguments say and returns the exit code. What a person can mend is explained, not thrown. */
export function runStoreCommand(options: StoreCommandOptions): number {
  const command = parseCommand(options.args);
  if (command === undefined) {
    options.printError(usage);
    return exitCodes.usage;
  }
  try {
    return run(command, options);
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    options.printError(error.message);
    return error.code === 'config' ? exitCodes.config : exitCodes.failed;
  }
}

type Command =
  | { readonly name: 'backup'; readonly file: string }
  | { readonly name: 'restore'; readonly file: string; readonly resume: boolean }
  | { readonly name: 'check' | 'help' };

/** Undefined for what is no command. */
function parseCommand(args: readonly string[]): Command | undefined {
  const [name, ...rest] = args;
  const [file] = rest;
  switch (name) {
    case 'backup':
      return rest.length === 1 && isFile(file) ? { name, file } : undefined;
    case 'restore': {
      const [path, ...others] = rest.filter((arg) => arg !== '--resume');
      const isWhole = others.length === 0 && isFile(path);
      return isWhole ? { name, file: path, resume: rest.includes('--resume') } : undefined;
    }
    case 'check':
      return rest.length === 0 ? { name } : undefined;
    case 'help':
    case '--help':
      return { name: 'help' };
    case undefined:
    default:
      return undefined;
  }
}

function isFile(arg: string | undefined): arg is string {
  return arg !== undefined && arg !== '' && !arg.startsWith('--');
}

function run(command: Command, { readStoreUrl, print }: StoreCommandOptions): number {
  if (command.name === 'help') {
    print(usage);
    return exitCodes.ok;
  }
  const path = toStorePath(readStoreUrl());
  if (path === undefined) {
    throw new SwitchboardError('no-store', 'STORE_URL names no file, so there is nothing to take care of.');
  }
  switch (command.name) {
    case 'backup':
      backUpStore(path, command.file);
      print(`Backed up ${path} to ${command.file}.`);
      return exitCodes.ok;
    case 'restore': {
      const { resume } = command;
      const { kept, leftOut } = restoreStore(path, command.file, { resume, onWarning: print });
      print(`Restored ${path} from ${command.file}.`);
      if (kept !== undefined) print(`What was there before is kept as ${kept}.`);
      if (leftOut > 0) {
        print(
          `Left out: ${leftOut} questions that were under way. To go on with them, restore again with --resume.`,
        );
      }
      return exitCodes.ok;
    }
    case 'check': {
      const report = checkStore(path);
      print(toReportLines(path, report).join('\n'));
      return isInOrder(report) ? exitCodes.ok : exitCodes.failed;
    }
  }
}
