/** The local Discord with one person in it, and the model: in one process, so that one clock measures both. */
import { setTimeout as delay } from 'node:timers/promises';
import { startDiscord } from '../../sandbox/discord/server.ts';
import type { SimulatorEvent } from '../../sandbox/discord/types.ts';
import { startModelServer } from '../../sandbox/model/server.ts';
import { offerCalls } from '../bot/calls.ts';

/** How long after its question something was there, ms. */
export interface AskedAlone {
  /** The model sent its first token. */
  readonly firstTokenMs: number;
  /** The first words could be read in the channel. */
  readonly firstTextMs: number;
}

const FIRST_TOKEN_MS = 150;
const TOKEN_MS = 50;
const END = 'and that is all.';
/** Streamed for some seconds, so that no answer is whole before its first words are shown. */
const ANSWER = `${Array.from({ length: 40 }, (_, index) => `word${String(index)}`).join(' ')} ${END}`;
const TIMEOUT_MS = 20_000;

const discord = await startDiscord();
const person = discord.people.addUser({ name: 'person' });
const guild = discord.people.addGuild({ memberIds: [person.id] });
const channel = discord.people.addChannel(guild.id);
let firstTokenAt = 0;
const model = await startModelServer({
  async script() {
    await delay(FIRST_TOKEN_MS);
    firstTokenAt = performance.now();
    return { text: ANSWER, tokenMs: TOKEN_MS };
  },
});

type Shown = Extract<SimulatorEvent, { type: 'message-create' | 'message-update' }>;

function isShown(event: SimulatorEvent): event is Shown {
  if (event.type !== 'message-create' && event.type !== 'message-update') return false;
  return event.message.author.id === discord.botUserId && event.message.content !== '';
}

const calls = {
  where: () => ({ apiUrl: discord.apiUrl, token: discord.token, modelUrl: model.baseUrl }),
  /** Asks, and resolves when the answer is whole. */
  async ask(): Promise<AskedAlone> {
    const askedAt = performance.now();
    let firstTextAt = Number.NaN;
    const isWhole = (event: SimulatorEvent): event is Shown => {
      if (!isShown(event)) return false;
      if (Number.isNaN(firstTextAt)) firstTextAt = performance.now();
      return event.message.content.includes(END);
    };
    const whole = discord.waitFor(isWhole, TIMEOUT_MS);
    discord.people.say(person.id, channel.id, `<@${discord.botUserId}> please answer`);
    await whole;
    return { firstTokenMs: firstTokenAt - askedAt, firstTextMs: firstTextAt - askedAt };
  },
};

export type SceneCalls = typeof calls;

offerCalls(calls);
