import { describe, expect, test, vi } from 'vitest';
import type { RunOutcome } from '../../../src/runs/ports.ts';
import { refused } from '../outgoing/fake-discord.ts';
import {
  answered,
  channelId,
  createReplyScene,
  finish,
  privately,
  publicly,
  sentence,
  streamText,
} from './reply-scene.ts';

const scene = createReplyScene();

describe('an answer', () => {
  test('a short one costs one create: a reply that pings nobody, with a nonce, links not unfolded', async () => {
    const run = scene.createRun();
    const reply = scene.replies.open(run);
    reply.started();
    await streamText(reply, 'A short answer.', 5, 10);
    const delivery = await finish(reply, answered('A short answer.'));
    expect(delivery).toEqual({ delivered: true, messageIds: ['1'] });
    expect(scene.discord.arrivals).toHaveLength(1);
    expect(scene.messages()[0]).toMatchObject({ method: 'POST', path: `/channels/${channelId}/messages` });
    expect(scene.messages()[0]?.json).toEqual({
      content: 'A short answer.',
      allowed_mentions: { parse: [], replied_user: false },
      flags: 4,
      message_reference: { message_id: run.id, fail_if_not_exists: false },
      nonce: `${run.id}.0`,
      enforce_nonce: true,
    });
  });

  test('a long one appears early, grows by edits and ends whole', async () => {
    const text = sentence.repeat(30);
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, text);
    await finish(reply, answered(text));
    const shown = scene.messages();
    expect(shown[0]?.method).toBe('POST');
    expect(shown[0]?.json.content.length).toBeLessThan(300);
    expect(shown.slice(1).every(({ method }) => method === 'PATCH')).toBe(true);
    expect(shown.length).toBeGreaterThan(4);
    expect(shown.length).toBeLessThan(12);
    shown.reduce((before, after) => {
      expect(after.json.content.startsWith(before.json.content)).toBe(true);
      return after;
    });
    expect(shown.at(-1)?.json.content).toBe(text);
    expect(scene.discord.refused429).toBe(0);
  });

  test('FAULTS 7: grows more slowly while the event loop is late, and as before when it is not', async () => {
    const text = sentence.repeat(30);
    let lateMs = 20;
    scene.start({ loopDelayMs: () => lateMs });
    const requests = async (): Promise<number> => {
      const before = scene.messages().length;
      const reply = scene.replies.open(scene.createRun());
      reply.started();
      await streamText(reply, text);
      await finish(reply, answered(text));
      expect(scene.messages().at(-1)?.json.content).toBe(text);
      return scene.messages().length - before;
    };
    const whileLate = await requests();
    lateMs = 0;
    expect(whileLate).toBeLessThanOrEqual(4);
    expect(await requests()).toBeGreaterThan(2 * whileLate - 2);
  });

  test('needs no last edit if all of it is shown already', async () => {
    const text = sentence.repeat(4);
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, text);
    await vi.advanceTimersByTimeAsync(3000);
    const before = scene.discord.arrivals.length;
    await finish(reply, answered(text));
    expect(scene.discord.arrivals).toHaveLength(before);
  });

  test('FAULTS 36: no body without allowed_mentions, whatever it is for', async () => {
    const outcomes: RunOutcome[] = [
      answered(`@everyone <@1> ${sentence.repeat(100)}`),
      { kind: 'failed', text: '', notice: 'It failed.' },
      { kind: 'cancelled', text: 'so far', by: 'moderator' },
    ];
    for (const origin of [undefined, privately, publicly]) {
      for (const outcome of outcomes) {
        const reply = scene.replies.open(scene.createRun(origin));
        reply.waiting(20);
        await vi.advanceTimersByTimeAsync(6000);
        reply.started();
        await streamText(reply, outcome.text, 400);
        await finish(reply, outcome);
      }
      const refused = scene.replies.refuse(scene.createRun(origin), 'No.');
      await vi.advanceTimersByTimeAsync(6000);
      await refused;
    }
    expect(scene.messages().length).toBeGreaterThanOrEqual(25);
    for (const { json } of scene.messages()) {
      expect(json.allowed_mentions).toEqual({ parse: [], replied_user: false });
      expect(json.flags & 4).toBe(4);
    }
  });

  test('parts come in order, each with a nonce of its own, the first alone as a reply', async () => {
    const run = scene.createRun();
    const text = sentence.repeat(100);
    const reply = scene.replies.open(run);
    reply.started();
    const delivery = await finish(reply, answered(text));
    const shown = scene.messages();
    expect(shown.map(({ json }) => json.nonce)).toEqual([`${run.id}.0`, `${run.id}.1`, `${run.id}.2`]);
    expect(shown.map(({ json }) => json.message_reference !== undefined)).toEqual([true, false, false]);
    expect(shown.map(({ json }) => json.content).join('')).toBe(text);
    expect(delivery.messageIds).toHaveLength(3);
  });

  test('a part that another follows is whole and no longer changes', async () => {
    const text = sentence.repeat(100);
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, text, 60);
    await finish(reply, answered(text));
    const shown = scene.messages();
    const secondAt = shown.findIndex(({ json }) => json.nonce?.endsWith('.1'));
    const firstPart = shown.slice(0, secondAt).at(-1)?.json.content ?? '';
    expect(firstPart.length).toBeGreaterThan(1900);
    const path = shown[1]?.path;
    expect(shown.slice(secondAt).some((one) => one.path === path)).toBe(false);
  });

  test('a very long one becomes a file with its beginning', async () => {
    const text = sentence.repeat(250);
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    const delivery = await finish(reply, answered(text));
    expect(delivery.messageIds).toHaveLength(1);
    const [only] = scene.messages();
    expect(only?.json.attachments).toEqual([{ id: 0, filename: 'answer.md' }]);
    expect(only?.json.content.length).toBeLessThanOrEqual(2000);
    expect(only?.json.content).toContain('the whole answer is in the file');
  });

  test('a very long one where the bot may not attach files goes out as messages', async () => {
    const text = sentence.repeat(250);
    scene.discord.script.push(refused(403, 50_013));
    const reply = scene.replies.open(scene.createRun(publicly));
    reply.started();
    const delivery = await finish(reply, answered(text));
    expect(delivery.delivered).toBe(true);
    expect(
      scene
        .messages()
        .slice(1)
        .map(({ json }) => json.content)
        .join(''),
    ).toBe(text);
  });

  test('where files are refused an enormous one is cut after ten messages, which is said', async () => {
    const text = sentence.repeat(4_500);
    scene.discord.script.push(refused(403, 50_013));
    const reply = scene.replies.open(scene.createRun(publicly));
    reply.started();
    const delivery = await finish(reply, answered(text), 200_000);
    expect(delivery.delivered).toBe(true);
    expect(delivery.messageIds).toHaveLength(10);
    const contents = scene
      .messages()
      .slice(1)
      .map(({ json }) => json.content);
    expect(contents).toHaveLength(10);
    const [body = '', note] = contents.join('').split('\n\n-# ');
    expect(text.startsWith(body)).toBe(true);
    expect(body.length).toBeGreaterThan(18_000);
    expect(note).toBe(
      'The answer is longer, with 207,000 characters in all; the rest is not shown. Where I may attach files it comes as one.',
    );
  });

  test('FAULTS 40: what is shown leads where it says, while it grows and when it is whole', async () => {
    const text = `${sentence.repeat(3)}[Log in](https://evil.example/?q=1) or discord.gg/abc \u202egnp.exe ${sentence.repeat(3)}`;
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, text, 3, 100);
    await finish(reply, answered(text));
    const shown = scene.messages().map(({ json }) => json.content);
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.at(-1)).toContain('Log in (https://evil.example/?q=1) or discord[.]gg/abc gnp.exe This');
    for (const content of shown) expect(content).not.toMatch(/\[Log|\]\(|discord\.gg|\u202e/);
    for (const { json } of scene.messages()) expect(json.flags & 4).toBe(4);
  });

  test('what was shown of short paragraphs never shrinks, and makes no file', async () => {
    const text = 'A short paragraph of some words that says one thing.\n\n'.repeat(65);
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, text, 40, 200);
    const delivery = await finish(reply, answered(text));
    expect(delivery.messageIds).toHaveLength(2);
    const seen = new Map<number, string>();
    let part = -1;
    for (const { method, json } of scene.messages()) {
      if (method === 'POST') part += 1;
      expect(json.content.startsWith(seen.get(part) ?? '')).toBe(true);
      seen.set(part, json.content);
    }
    expect([...seen.values()].join('').length).toBeGreaterThan(text.length - 10);
  });

  test('more files than Discord takes: blocks stay text, and none is named that is not there', async () => {
    const block = `\`\`\`go\n${'line\n'.repeat(70)}\`\`\`\n`;
    const files = Array.from({ length: 6 }, (_, index) => {
      return { name: `${index}.ps1`, contentType: 'text/plain', base64: 'YQ==' };
    });
    const reply = scene.replies.open(scene.createRun());
    await finish(reply, { kind: 'answered', text: block.repeat(5), files });
    const shown = scene.messages();
    const names = shown.flatMap(({ json }) => (json.attachments as { filename: string }[] | undefined) ?? []);
    expect(names.map(({ filename }) => filename)).toEqual([
      ...['0.ps1.txt', '1.ps1.txt', '2.ps1.txt', '3.ps1.txt', '4.ps1.txt', '5.ps1.txt'],
      ...['code.go', 'code-2.go', 'code-3.go'],
    ]);
    const named = shown.flatMap(({ json }) => json.content.match(/All of them: .*/g) ?? []);
    expect(named).toHaveLength(3);
  });

  test('nothing to say is said', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await finish(reply, answered(' \n\u200b'));
    expect(scene.messages().map(({ json }) => json.content)).toEqual(['I have no answer to that.']);
  });
});

describe('under load', () => {
  test('an answer that is complete when its turn comes costs one create', async () => {
    scene.start({ requestsPerSecond: 2 });
    const all = Array.from({ length: 8 }, (_, i) => {
      const reply = scene.replies.open(scene.createRun(undefined, { channelId: `20000000000000002${i}` }));
      reply.started();
      return { reply, text: `${i} ${sentence.repeat(8)}` };
    });
    await Promise.all(all.map(({ reply, text }) => streamText(reply, text, 60, 0)));
    await vi.advanceTimersByTimeAsync(1500);
    const finished = Promise.all(all.map(({ reply, text }) => reply.finish(answered(text))));
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await finished).every(({ delivered }) => delivered)).toBe(true);
    expect(scene.messages().length).toBeLessThanOrEqual(10);
    expect(scene.discord.refused429).toBe(0);
  });

  test('ten answers in one channel all grow', async () => {
    const texts = Array.from({ length: 10 }, (_, i) => `${i}: ${sentence.repeat(40)}`);
    const open = texts.map(() => scene.replies.open(scene.createRun()));
    for (const reply of open) reply.started();
    await Promise.all(open.map((reply, i) => streamText(reply, texts[i] ?? '', 5, 100)));
    const edits = new Map<string, number>();
    for (const { method, path } of scene.messages())
      if (method === 'PATCH') edits.set(path, (edits.get(path) ?? 0) + 1);
    expect(edits.size).toBe(10);
    expect(Math.min(...edits.values())).toBeGreaterThanOrEqual(2);
    await Promise.all(open.map((reply, i) => finish(reply, answered(texts[i] ?? ''), 120_000)));
    expect(scene.discord.refused429).toBe(0);
  });
});

describe('other ends', () => {
  test('a failure is one honest sentence behind what text there is', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, `Look:\n\`\`\`ts\nconst x = ${'1 + '.repeat(40)}`);
    await finish(reply, { kind: 'failed', text: '', notice: 'The connection to the model broke off.' });
    const last = scene.messages().at(-1)?.json.content ?? '';
    expect(last).toMatch(/^Look:\n```ts\nconst x = .*\n```\n\nThe connection to the model broke off\.$/);
    const silent = scene.replies.open(scene.createRun());
    await finish(silent, { kind: 'failed', text: '', notice: 'It failed.' });
    expect(scene.messages().at(-1)?.json.content).toBe('It failed.');
  });

  test('a stop keeps the text so far; before anything was seen it says nothing', async () => {
    const text = sentence.repeat(5);
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, text);
    await finish(reply, { kind: 'cancelled', text, by: 'requester' });
    expect(scene.messages().at(-1)?.json.content).toBe(`${text}\n\n(stopped)`);
    const before = scene.messages().length;
    const unseen = scene.replies.open(scene.createRun());
    unseen.started();
    unseen.onEvent({ type: 'text-delta', text: 'not yet shown' });
    const delivery = await finish(unseen, { kind: 'cancelled', text: 'not yet shown', by: 'requester' });
    expect(delivery).toEqual({ delivered: true, messageIds: [] });
    expect(scene.messages()).toHaveLength(before);
    const command = scene.replies.open(scene.createRun(privately));
    await finish(command, { kind: 'cancelled', text: '', by: 'requester' });
    expect(scene.messages().at(-1)?.json.content).toBe('(stopped)');
  });

  test('an answer that ends otherwise than it was streamed shows just the end', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, sentence.repeat(70), 100);
    await vi.advanceTimersByTimeAsync(10_000);
    const delivery = await finish(reply, answered('In short: no.'));
    expect(delivery.messageIds).toHaveLength(1);
    expect(scene.messages().at(-1)?.json.content).toBe('In short: no.');
    expect(scene.discord.arrivals.at(-1)?.method).toBe('DELETE');
  });
});
