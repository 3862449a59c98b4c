import { expect, test, vi } from 'vitest';
import { authorizeIn } from '../../src/policy/authorize.ts';
import { createEchoBreaker } from '../../src/intake/echo-breaker.ts';
import { createFakeRuns, type FakeRunsOptions } from './fake-runs.ts';
import { bot, toAsked, toMention, toMessage } from './incoming.ts';
import { recordLog } from './recorded-log.ts';
import { createTestIntake } from './test-intake.ts';

function createScene(options: FakeRunsOptions = {}, more: object = {}) {
  const runs = createFakeRuns(options);
  const { log, lines } = recordLog();
  const intake = createTestIntake({ runs, log, ...more });
  return { runs, intake, lines };
}

test('an addressed message becomes a run, another does not', () => {
  const { intake, runs } = createScene();
  intake.onMessage(toMessage());
  const message = toMention();
  intake.onMessage(message);
  expect(runs.submitted.map(({ id }) => id)).toEqual([message.id]);
});

test('FAULTS 2: the same message three times is one run', async () => {
  const { intake, runs } = createScene();
  const message = toMention();
  intake.onMessage(message);
  intake.onMessage({ ...message });
  intake.onMessage({ ...message });
  const question = toAsked();
  expect(await intake.onQuestion(question)).toEqual({ kind: 'admitted', isPending: false });
  expect(await intake.onQuestion(question)).toEqual({ kind: 'duplicate' });
  expect(runs.submitted.map(({ id }) => id)).toEqual([message.id, question.interactionId]);
});

test('FAULTS 2: after a failed submission the message can come again', async () => {
  let isBroken = true;
  const { intake, runs, lines } = createScene({
    admit: () => {
      if (isBroken) throw new Error('no room');
      return { kind: 'admitted', isPending: false };
    },
  });
  const message = toMention();
  intake.onMessage(message);
  await vi.waitFor(() => {
    expect(lines).toHaveLength(1);
  });
  isBroken = false;
  intake.onMessage(message);
  expect(runs.submitted).toHaveLength(2);
});

test('FAULTS 6: the handler returns at once, whatever the runs do', async () => {
  const admission = Promise.withResolvers<never>();
  const { intake, runs, lines } = createScene({ admit: () => admission.promise });
  for (let index = 0; index < 50; index += 1) intake.onMessage(toMention());
  expect(runs.submitted, 'nobody waits for the admission of another').toHaveLength(50);
  admission.reject(new Error('gone'));
  await vi.waitFor(() => {
    expect(lines).toHaveLength(50);
  });
});

test('FAULTS 10: a deleted message takes its run along', () => {
  const { intake, runs } = createScene();
  intake.onMessageDelete('77', '10');
  expect(runs.forgotten).toEqual(['77']);
});

test('a question whose mention is taken out, or that holds no words any more, is withdrawn', async () => {
  const { intake, runs } = createScene();
  const asked = toMention();
  intake.onMessage(asked);
  const program = { id: '7', name: 'Hook', isBot: false, isWebhook: true };
  intake.onMessageUpdate(toMessage({ author: program }));
  intake.onMessageUpdate(toMessage({ id: asked.id, content: 'never mind' }));
  intake.onMessageUpdate(toMessage({ id: asked.id, content: '' }));
  intake.onMessageUpdate({ ...asked, content: 'And now?' });
  await vi.waitFor(() => {
    expect(runs.withdrawn).toEqual([asked.id, asked.id]);
    expect(runs.edited.map(({ id }) => id)).toEqual([asked.id]);
  });
});

test('an edit is not followed where nobody is answered any more', async () => {
  const authorize = authorizeIn(['7']);
  const { intake, runs } = createScene({}, { authorize });
  const asked = toMention();
  expect(asked.place.guildId).not.toBe('7');
  intake.onMessageUpdate({ ...asked, content: 'And now?' });
  await new Promise(setImmediate);
  expect(runs.edited).toEqual([]);
});

test('an edit from before the start is followed, and makes no question of what was none', async () => {
  const { intake, runs } = createScene({ knows: false });
  const asked = toMention();
  const editedAt = asked.createdAt + 1_000;
  for (const update of ['onMissedUpdate', 'onMessageUpdate'] as const) {
    intake[update]({ ...asked, editedAt });
    await new Promise(setImmediate);
    expect(runs.edited.pop()?.id).toBe(asked.id);
    expect(runs.submitted).toHaveLength(update === 'onMessageUpdate' ? 1 : 0);
  }
});

test('FAULTS 18: a program that answers each answer at once is cut off, and the log says so', () => {
  const echoBreaker = createEchoBreaker({ maxEchoes: 3, now: () => 0 });
  const { intake, runs, lines } = createScene({}, { echoBreaker });
  const own = { id: bot, name: 'Switch', isBot: true, isWebhook: false };
  const quoted = {
    id: '5',
    authorId: '100',
    authorName: 'Ann',
    isBot: false,
    content: 'ping',
    attachments: [],
  };
  for (let turn = 0; turn < 10; turn += 1) {
    intake.onMessage(toMessage({ author: own, quoted, content: 'pong' }));
    intake.onMessage(toMention());
  }
  expect(runs.submitted).toHaveLength(2);
  expect(lines[0]).toMatchObject({ level: 'warn', userId: '100' });
});

test('FAULTS 34: a message that may not ask becomes no run', () => {
  const asked: string[] = [];
  const authorize = (action: string) => {
    asked.push(action);
    return { allowed: false, reason: 'no' } as const;
  };
  const { intake, runs } = createScene({}, { authorize });
  intake.onMessage(toMention());
  expect(asked).toEqual(['ask']);
  expect(runs.submitted).toEqual([]);
});
