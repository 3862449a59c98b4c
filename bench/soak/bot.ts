/**
 * The bot in a process of its own, so that only what is its own is counted. Configured by its environment; sends
 * `{ kind: 'ready' }`, answers each `sample` with its census, and ends after `stop`.
 */
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { startCensus, type Census } from './census.ts';

export type ToBot = 'sample' | 'stop';

export type FromBot =
  | { readonly kind: 'ready'; readonly httpPort: number }
  | { readonly kind: 'sample'; readonly census: Census; readonly warnings: number };

const takeCensus = startCensus();
let warnings = 0;
// Such as too many listeners on one emitter; that a counting function is experimental is no news.
process.on('warning', ({ name, message }) => {
  if (name === 'ExperimentalWarning') return;
  warnings += 1;
  console.error(`${name}: ${message}`);
});

const app = createApp(readConfig());
const send = (message: FromBot): void => {
  process.send?.(message);
};

async function handle(message: ToBot): Promise<void> {
  if (message === 'sample') {
    send({ kind: 'sample', census: await takeCensus(), warnings });
  } else {
    await app.stop();
    process.disconnect();
  }
}

process.on('message', (message: ToBot) => {
  handle(message).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
await app.start();
send({ kind: 'ready', httpPort: app.httpPort });
