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
