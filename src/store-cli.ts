import { readStoreUrl } from './config.ts';
import { runStoreCommand } from './store-cli/store-command.ts';

process.exitCode = runStoreCommand({
  args: process.argv.slice(2),
  readStoreUrl,
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
});
