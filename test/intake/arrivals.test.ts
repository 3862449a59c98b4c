import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { defaultSettings, type Settings } from '../../src/intake/settings/settings.ts';
import type { ThreadOpening } from '../../src/intake/threads.ts';
import type { Admission } from '../../src/runs/ports.ts';
import { createFakeRuns } from './fake-runs.ts';
import { createFakeThreads } from './fake-threads.ts';
import { bot, channel, dm, ownThread, toMention, toMessage } from './incoming.ts';
import { recordLog } from './recorded-log.ts';
import { createTestIntake } from './test-intake.ts';

interface SceneOptions {
  readonly known?: Partial<Settings>;
  readonly opening?: ThreadOpening | Promise<ThreadOpening>;
  readonly admission?: Admission;
}

/** Settings are known at once where they are given, and else when the test says so. */
function createScene({ known, opening, admission }: SceneOptions = {}) {
  const runs = createFakeRuns(admission ? { admit: () => admission } : {});
  const threads = createFakeThreads(opening);
  const reading = new Map<string, PromiseWithResolvers<Settings>>();
  const admissions: string[] = [];
  const { log, lines } = recordLog();
  const intake = createTestIntake({
    runs,
    messageContent: true,
    log,
    threads,
    settings: {
      known: () => known && { ...defaultSettings, ...known },
      async read(scope) {
        const read = reading.get(scope) ?? Promise.withResolvers<Settings>();
        reading.set(scope, read);
        return read.promise;
      },
    },
    onAdmission: (run, { kind }) => admissions.push(`${run.id} ${kind}`),
  });
  const tell = async (settings: Partial<Settings> = {}): Promise<void> => {
    for (const read of reading.values()) read.resolve({ ...defaultSettings, ...settings });
    await tick();
  };
  const ids = (): string[] => runs.submitted.map(({ id }) => id);
  return { intake, runs, threads, admissions, lines, tell, ids };
}

test('messages of a channel keep their order while its settings are being read; others do not wait', async () => {
  const { intake, ids, tell } = createScene();
  const messages = [toMention(), toMention(), toMention()];
  for (const message of messages) intake.onMessage(message);
  expect(ids()).toEqual([]);
  await tell();
  expect(ids()).toEqual(messages.map(({ id }) => id));
});

test('FAULTS 10: a message that is deleted while its settings are being read is stopped after it was taken', async () => {
  const { intake, runs, tell } = createScene();
  const message = toMention();
  intake.onMessage(message);
  intake.onMessageDelete(message.id, channel.channelId);
  await tell();
  await tick();
  expect(runs.submitted).toHaveLength(1);
  expect(runs.stops.length + runs.forgotten.length).toBe(1);
});

test('what becomes of a message while another is answered is what was set', async () => {
  const { intake, runs, admissions } = createScene({
    known: { whileRunning: 'steer' },
    admission: { kind: 'steered', runId: '1' },
  });
  const message = toMessage({ place: dm });
  intake.onMessage(message);
  await tick();
  expect(runs.modes).toEqual(['steer']);
  expect(admissions).toEqual([`${message.id} steered`]);
});

test('a mode of the channel decides what is answered', () => {
  const { intake, ids } = createScene({ known: { mode: 'never' } });
  intake.onMessage(toMention());
  expect(ids()).toEqual([]);
});

test('"in a thread" opens one, and everything asked there is its conversation', async () => {
  const { intake, runs, threads } = createScene({ known: {} });
  const author = { id: '100', name: 'Ann', isBot: false, isWebhook: false, roleIds: ['7'] };
  const message = toMention({ content: `<@${bot}> Tell me of tea, in a thread please`, author });
  intake.onMessage(message);
  await tick();
  expect(threads.requests).toEqual([
    {
      guildId: '1',
      channelId: '10',
      messageId: message.id,
      text: 'Tell me of tea',
      requester: author,
      roleIds: ['7'],
    },
  ]);
  const follower = toMessage({
    place: { ...ownThread, channelId: message.id },
    author: { ...author, id: '101' },
  });
  intake.onMessage(follower);
  await tick();
  const [first, second] = runs.submitted;
  expect(first).toMatchObject({ channelId: message.id, prompt: { text: 'Tell me of tea' } });
  expect(second?.conversationId).toBe(first?.conversationId);
  expect(first?.audience, 'a public thread is read by its channel').toMatchObject({ channelId: '10' });
});

test('in a channel of threads every answer has one, whoever asks; in a thread no other is opened', async () => {
  const { intake, runs, threads } = createScene({ known: { mode: 'threads' } });
  const message = toMention();
  intake.onMessage(message);
  intake.onMessage(toMention({ place: ownThread }));
  await tick();
  expect(threads.requests).toMatchObject([{ messageId: message.id, roleIds: null }]);
  expect(new Set(runs.submitted.map(({ channelId }) => channelId))).toEqual(new Set(['11', message.id]));
});

test('where no thread can be opened the answer stays in the channel and says so', async () => {
  const opening = { kind: 'refused', reason: 'I may not.' } as const;
  const { intake, runs } = createScene({ known: { mode: 'threads' }, opening });
  intake.onMessage(toMention());
  await tick();
  expect(runs.submitted).toMatchObject([{ channelId: '10', notice: 'I may not. So I answer here.' }]);
});

test('a slow thread holds up nobody else, and its own deletion comes after it', async () => {
  const opening = Promise.withResolvers<ThreadOpening>();
  const { intake, runs, ids } = createScene({ known: {}, opening: opening.promise });
  const inThread = toMention({ content: `<@${bot}> tea in a thread` });
  const other = toMention();
  intake.onMessage(inThread);
  intake.onMessageDelete(inThread.id, channel.channelId);
  intake.onMessage(other);
  expect(ids()).toEqual([other.id]);
  opening.resolve({ kind: 'opened', channelId: inThread.id });
  await tick();
  expect(ids()).toEqual([other.id, inThread.id]);
  expect(runs.stops.length + runs.forgotten.length).toBe(1);
});

test('a question that is gone before its thread was opened is not answered', async () => {
  const { intake, ids } = createScene({ known: { mode: 'threads' }, opening: { kind: 'gone' } });
  intake.onMessage(toMention());
  await tick();
  expect(ids()).toEqual([]);
});

test('in a direct message "in a thread" is a part of the question', async () => {
  const { intake, runs } = createScene({ known: {} });
  intake.onMessage(toMessage({ place: dm, content: 'Explain locks in a thread' }));
  await tick();
  expect(runs.submitted[0]?.prompt.text).toBe('Explain locks in a thread');
});
