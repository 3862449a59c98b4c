import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandboxScript, lastQuestion } from '../../../sandbox/model/scripts.ts';
import type { ScriptedReply, ScriptedRequest } from '../../../sandbox/model/types.ts';
import { startSandbox } from '../../../sandbox/start-sandbox.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const HOSTILE = '<img src="x" onerror="document.title=\'broken\'"> **bold** `code`';
const STORY = `Once upon a time ${'there was a switchboard, and '.repeat(12)}that is the end.`;

const script = createSandboxScript();
function answer(request: ScriptedRequest): ScriptedReply {
  return lastQuestion(request).includes('story')
    ? { text: STORY, tokenMs: 15 }
    : { ...script(request), firstTokenMs: 0, tokenMs: 0 };
}

const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) process.stderr.write(`The page is not tested: there is no ${CHROMIUM}.\n`);

describe.skipIf(!hasChromium)('the page in a browser', () => {
  const cleanup = new AsyncDisposableStack();
  let browser: Browser;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    const [sandbox, launched] = await Promise.all([
      startSandbox({ script: answer }),
      chromium.launch({ executablePath: CHROMIUM, args: FLAGS }),
    ]);
    cleanup.use(sandbox);
    browser = launched;
    cleanup.defer(() => browser.close());
    page = await browser.newPage();
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') failures.push(message.text());
    });
    await page.goto(sandbox.url);
    await page.getByRole('heading', { name: 'Welcome to #general' }).waitFor();
  }, 30_000);

  afterAll(() => cleanup.disposeAsync());

  const composer = () => page.getByRole('textbox', { name: 'Message' });
  const say = async (text: string) => {
    await composer().fill(text);
    await composer().press('Enter');
  };

  test('an answer grows before it is whole', async () => {
    // Noted in the page, since a busy machine may look at it only when all is there.
    await page.evaluate(`
      globalThis.seen = [];
      new MutationObserver(() => seen.push(document.body.textContent))
        .observe(document.body, { subtree: true, childList: true, characterData: true });
    `);
    await say('@Switchboard tell me a story');
    const answer = page.locator('discord-message', { hasText: 'Once upon a time' });
    await page.locator('discord-message', { hasText: 'that is the end.' }).waitFor();
    const isGrowing = `seen.some((text) => text.includes('Once upon a time') && !text.includes('that is the end.'))`;
    expect(await page.evaluate(isGrowing)).toBe(true);
    expect(await answer.count()).toBe(1);
    expect(await answer.locator('discord-reply').textContent()).toContain('tell me a story');
  });

  test('what is written is text, and its Markdown is drawn', async () => {
    await say(HOSTILE);
    const message = page.locator('discord-message', { hasText: '<img src="x" onerror=' });
    expect(await message.locator('strong').textContent()).toBe('bold');
    expect(await message.locator('discord-code').textContent()).toBe('code');
    expect(await page.locator('discord-message img[src="x"]').count()).toBe(0);
    expect(await page.title()).toBe('Switchboard sandbox');
  });

  test('/status is offered, and its answer is for one person', async () => {
    await composer().pressSequentially('/stat');
    await page.getByRole('option', { name: '/status' }).waitFor();
    await composer().press('Enter');
    await page.getByRole('button', { name: 'Run' }).click();
    const answer = page.locator('discord-message[ephemeral]');
    await answer.waitFor();
    expect(await answer.textContent()).toMatch(/waiting|under way/);
    await page.getByRole('button', { name: 'Speak as Ben' }).click();
    await expect.poll(() => answer.count()).toBe(0);
    await page.getByRole('button', { name: 'Speak as Ada' }).click();
    await answer.waitFor();
  });

  test('a hidden channel is hidden from who may not see it', async () => {
    const hidden = page.locator('.channel', { hasText: 'moderators' });
    expect(await hidden.count()).toBe(1);
    await page.getByRole('button', { name: 'Speak as Ben' }).click();
    await expect.poll(() => hidden.count()).toBe(0);
  });

  test('one edits and deletes what one said oneself', async () => {
    const row = (text: string) => page.locator('.row', { hasText: text });
    await say('first thought');
    await row('first thought').hover();
    await row('first thought').getByRole('button', { name: 'Edit' }).click();
    await say('second thought');
    await row('second thought').hover();
    expect(await row('first thought').count()).toBe(0);
    await row('second thought').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => row('second thought').count()).toBe(0);
  });

  test('in a direct message every question is answered', async () => {
    await page.locator('#channels h2:text("Direct messages") + .channel').click();
    await page.getByRole('button', { name: /what time is it/ }).click();
    const answer = page.locator('discord-message', { hasText: 'I used 3 tools at the same time' });
    await answer.waitFor();
    await expect.poll(() => answer.textContent()).toMatch(/current_time.*calculate → 6\*7 = 42.*roll_dice/s);
  });

  test('nothing went wrong on the page meanwhile', () => {
    expect(failures).toEqual([]);
  });
});
