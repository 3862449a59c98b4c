import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { answerForPicture } from './script.ts';
import { startSandbox, type Sandbox } from '../start-sandbox.ts';

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const environment = { MESSAGE_CONTENT_INTENT: 'true', LOG_LEVEL: 'fatal' };
const viewport = { width: 1000, height: 700 };

/** A picture of the page, after what people did in it. */
type Scene = (sandbox: Sandbox, page: Page) => Promise<void>;

const scenes: Readonly<Record<string, Scene>> = {
  /** Retry and Delete under an answer that is whole, Stop under one that grows. */
  async controls({ discord }, page) {
    const { ask, channel } = toTalk(discord);
    const general = channel('general');
    ask('Ada', general, 'how do I keep green tea from turning bitter?');
    await page.getByText('one of cold').waitFor();
    ask('Ben', general, 'how do I run a tasting for six people?');
    await page.getByText('Green tea, the same leaves').waitFor();
  },
  /** A thread that the bot opened and named, in which two people talk with it. */
  async thread({ discord }, page) {
    const { ask, say, channel } = toTalk(discord);
    const question = ask(
      'Ada',
      channel('random'),
      'what is open for our tasting on Friday? In a thread, please',
    );
    const thread = page.locator('.channel', { hasText: 'The tasting on Friday' });
    await thread.click();
    await page.getByText('you will want two').waitFor();
    say('Ben', question.id, 'I have another kettle.');
    await page.getByText('Ben brings a kettle').waitFor();
  },
  /** A picture that the bot is asked about, and a file that it made. */
  async files({ discord }, page) {
    const { say, dm } = toTalk(discord);
    const picture = { name: 'teas.png', content: await drawTeas(page), contentType: 'image/png' };
    say('Ada', dm('Ada'), 'How many minutes does each of these take?', [picture]);
    await page.locator('#channels h2:text("Direct messages") + .channel').click();
    await page.getByText('steeping.csv').waitFor();
  },
};

function toTalk(discord: Sandbox['discord']) {
  const idOf = (name: string): string => {
    const user = discord.users().find(({ global_name }) => global_name === name);
    if (!user) throw new Error(`There is no ${name}`);
    return user.id;
  };
  const say = (name: string, channelId: string, text: string, attachments: readonly Attached[] = []) =>
    discord.people.say(idOf(name), channelId, text, { attachments });
  return {
    say,
    ask: (name: string, channelId: string, text: string, attachments?: readonly Attached[]) =>
      say(name, channelId, `<@${discord.botUserId}> ${text}`, attachments),
    channel: (name: string): string => {
      const found = discord.channels().find((channel) => channel.name === name);
      if (!found) throw new Error(`There is no #${name}`);
      return found.id;
    },
    dm: (name: string): string => discord.people.openDm(idOf(name)).id,
  };
}

interface Attached {
  readonly name: string;
  readonly content: Uint8Array;
  readonly contentType: string;
}

/** As PNG, which the bot can read. */
async function drawTeas(page: Page): Promise<Uint8Array> {
  const canvas = await openPage(page);
  await canvas.setContent(await readFile(new URL('teas.svg', import.meta.url), 'utf8'));
  const picture = await canvas.locator('svg').screenshot({ omitBackground: true });
  await canvas.close();
  return picture;
}

async function openPage(page: Page): Promise<Page> {
  const browser = page.context().browser();
  if (!browser) throw new Error('The browser is gone');
  return browser.newPage({ deviceScaleFactor: 2 });
}

async function main(executablePath: string): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, scene] of Object.entries(scenes)) {
      await using sandbox = await startSandbox({ script: answerForPicture, environment });
      const page = await browser.newPage({ viewport });
      await page.goto(sandbox.url);
      await page.getByRole('heading', { name: 'Welcome to #general' }).waitFor();
      await scene(sandbox, page);
      await page.waitForTimeout(1_000);
      await page.screenshot({ path: `${folder}${name}.png` });
      await page.close();
      console.log(`docs/images/${name}.png`);
    }
  } finally {
    await browser.close();
  }
}

const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
if (existsSync(chromiumPath)) await main(chromiumPath);
else {
  console.error(`There is no ${chromiumPath}. Install Chromium, or name it with CHROMIUM.`);
  process.exitCode = 1;
}
