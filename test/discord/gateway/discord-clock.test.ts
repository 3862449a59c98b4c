import { SnowflakeUtil } from 'discord.js';
import { expect, test } from 'vitest';
import { createDiscordClock } from '../../../src/discord/gateway/discord-clock.ts';

test('Discord’s time is told by what it dates, whatever the clock of this machine says', () => {
  let elapsed = 1_000;
  const clock = createDiscordClock(() => elapsed);
  expect(Math.abs(clock.now() - Date.now()), 'nothing is known yet').toBeLessThan(1_000);
  const time = Date.UTC(2030, 0, 1);
  clock.observe(time);
  clock.observe(Number.NaN);
  expect(clock.now()).toBe(time);
  elapsed += 60_000;
  expect(clock.now()).toBe(time + 60_000);
  clock.observeId(String(SnowflakeUtil.generate({ timestamp: time + 60_400 })));
  expect(clock.now(), 'what arrived at once is nearest').toBe(time + 60_400);
  clock.observeId(String(SnowflakeUtil.generate({ timestamp: time + 10_000 })));
  clock.observeId('odd');
  expect(clock.now(), 'what was long on its way tells nothing').toBe(time + 60_400);
});

/** With a machine whose clock is right, and what happens `elapsed` ms after its start. */
function createScene(start = Date.now()) {
  let elapsed = 0;
  const clock = createDiscordClock(() => elapsed);
  return {
    clock,
    pass(ms: number) {
      elapsed += ms;
    },
    /** Discord's time, and what the clock is off it. */
    real: () => start + elapsed,
    error: () => clock.now() - start - elapsed,
  };
}

const YEAR_MS = 365 * 86_400_000;
const ODD_ID = '9999999999999999999';

test('one odd id, or one wrong time, does not move a clock that is known, however often it comes', () => {
  const { clock, pass, real, error } = createScene();
  clock.observe(real());
  const wrong = real() + YEAR_MS;
  for (let at = 0; at < 3; at += 1) {
    clock.observeId(ODD_ID);
    clock.observe(wrong);
    clock.observe(real() - YEAR_MS * (at + 1));
    pass(60_000);
    clock.observe(real());
    expect(error()).toBe(0);
  }
});

test('one odd id before anything is known is forgotten with the first time that this machine’s clock bears out', () => {
  const { clock, pass, real, error } = createScene();
  clock.observeId(ODD_ID);
  pass(1_000);
  clock.observe(real());
  expect(error()).toBe(0);
});

test('where this machine’s clock is far off, two that agree tell the time, whatever came before', () => {
  const { clock, pass, real, error } = createScene(Date.UTC(2035, 0, 1));
  clock.observeId(ODD_ID);
  for (let at = 0; at < 2; at += 1) {
    pass(1_000);
    clock.observe(real());
  }
  expect(error()).toBe(0);
});

test('a machine that slept, or whose clock is an hour off, learns the time', () => {
  const hourOff = createScene(Date.now() + 3_600_000);
  hourOff.clock.observe(hourOff.real());
  expect(hourOff.error()).toBe(0);
  const { clock, pass, real, error } = createScene();
  clock.observe(real());
  const sleptMs = 3_600_000;
  for (let at = 0; at < 2; at += 1) {
    pass(1_000);
    clock.observe(real() + sleptMs);
  }
  expect(error()).toBe(sleptMs);
});

test('two that agree come within minutes; and a day too late is set back by two', () => {
  const { clock, pass, real, error } = createScene();
  clock.observe(real());
  clock.observe(real() + YEAR_MS);
  pass(301_000);
  clock.observe(real() + YEAR_MS);
  expect(error()).toBe(0);
  pass(1_000);
  clock.observe(real() + YEAR_MS);
  expect(error()).toBe(YEAR_MS);
  for (let at = 0; at < 2; at += 1) {
    pass(1_000);
    clock.observe(real());
  }
  expect(error()).toBe(0);
});
