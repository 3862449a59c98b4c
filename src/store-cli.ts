import { runStoreCommand } from './app/store-command.ts';
import { readStoreUrl } from './config.ts';

process.exitCode = runStoreCommand({
  args: process.argv.slice(2),
  readStoreUrl,
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
});
