/**
 * Loaded before the bot (`--import`): its host's clock is off by as many milliseconds as a file says, and jumps when
 * the file changes. Only what tells the time of day does; timers and `performance.now()` count on, as they do when a
 * real clock is set. In JavaScript, because it is loaded into each of the bot's threads.
 */
import { readFileSync } from 'node:fs';

const LOOK_INTERVAL_MS = 50;
const path = process.env.NEMESIS_CLOCK_FILE;
const RealDate = Date;
let aheadMs = 0;

function look() {
  try {
    aheadMs = Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    // It is just being written: the clock goes on as it was.
  }
}

look();
setInterval(look, LOOK_INTERVAL_MS).unref();

const now = () => RealDate.now() + aheadMs;

globalThis.Date = new Proxy(RealDate, {
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
});
