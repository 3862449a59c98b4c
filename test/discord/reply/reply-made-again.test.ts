import { ButtonStyle, ComponentType } from 'discord.js';
import type { APIMessageTopLevelComponent } from 'discord.js';
import { describe, expect, test, vi } from 'vitest';
import type { Controls } from '../../../src/discord/reply/reply-context.ts';
import { refused } from '../outgoing/fake-discord.ts';
import { answered, channelId, createReplyScene, finish, sentence, streamText } from './reply-scene.ts';

const scene = createReplyScene();

describe('an answer made once more', () => {
  test('takes the place of the earlier one, whose messages beyond it go', async () => {
    const replaces = { runId: '1', messageIds: ['901', '902'] };
    const reply = scene.replies.open(scene.createRun(undefined, { replaces }));
    reply.started();
    const delivery = await finish(reply, answered('Shorter.'));
    expect(delivery).toEqual({ delivered: true, messageIds: ['901'] });
    expect(scene.discord.arrivals.map(({ method, path }) => `${method} ${path.slice(-3)}`)).toEqual([
      'PATCH 901',
      'DELETE 902',
    ]);
  });

  test('is posted where the earlier one is gone, and its new parts have nonces of their own', async () => {
    scene.discord.script.push(refused(404, 10_008));
    const run = scene.createRun(undefined, { replaces: { runId: '1', messageIds: ['901'] } });
    const delivery = await finish(scene.replies.open(run), answered('There.'));
    expect(delivery.delivered).toBe(true);
    const [, create] = scene.messages();
    expect(create?.method).toBe('POST');
    expect(create?.json.nonce).toMatch(new RegExp(`^${run.id}\\.0.{3}$`));
    expect(create?.json.nonce?.length).toBeLessThanOrEqual(25);
  });

  test('an edited question begins the same messages again', async () => {
    const run = scene.createRun();
    const reply = scene.replies.open(run);
    reply.started();
    await streamText(reply, sentence.repeat(60), 100);
    await vi.advanceTimersByTimeAsync(5000);
    reply.restart({ ...run, prompt: { ...run.prompt, text: 'another question' } });
    await streamText(reply, 'Another answer.', 5);
    const delivery = await finish(reply, answered('Another answer.'));
    expect(delivery.messageIds).toEqual(['1']);
    expect(scene.messages().at(-1)?.json.content).toBe('Another answer.');
    expect(scene.messages().filter(({ method }) => method === 'POST')).toHaveLength(2);
    expect(scene.discord.arrivals.at(-1)?.method).toBe('DELETE');
  });

  test('a deleted question takes its answer along; an answer can be removed', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, sentence.repeat(6));
    const delivery = await finish(reply, { kind: 'cancelled', text: 'so far', by: 'deleted' });
    expect(delivery).toEqual({ delivered: true, messageIds: [] });
    expect(scene.discord.arrivals.at(-1)).toMatchObject({
      method: 'DELETE',
      path: `/channels/${channelId}/messages/1`,
    });
    scene.discord.script.push(refused(404, 10_008));
    const removed = scene.replies.remove(scene.createRun(), ['5', '6']);
    await vi.advanceTimersByTimeAsync(1000);
    await removed;
    expect(scene.discord.arrivals.slice(-2).map(({ method }) => method)).toEqual(['DELETE', 'DELETE']);
  });
});

describe('controls', () => {
  test('stand under the last message, change at the end, and cost a short answer nothing', async () => {
    const toButtons = (label: string): APIMessageTopLevelComponent[] => [
      {
        type: ComponentType.ActionRow,
        components: [{ type: ComponentType.Button, style: ButtonStyle.Secondary, label, custom_id: label }],
      },
    ];
    const controls: Controls = (_, state) => toButtons(state === 'active' ? 'Stop' : 'Retry');
    scene.start({ controls });
    const labelsOf = (): unknown[] =>
      scene.messages().map(({ json }) => JSON.stringify(json.components).match(/Stop|Retry/)?.[0]);
    const short = scene.replies.open(scene.createRun());
    short.started();
    await finish(short, answered('Short.'));
    expect(labelsOf()).toEqual(['Retry']);
    scene.start({ controls });
    const long = scene.replies.open(scene.createRun());
    long.started();
    await streamText(long, sentence.repeat(60), 100);
    await finish(long, answered(sentence.repeat(60)));
    const byMessage = Object.groupBy(scene.messages(), ({ method, path }, i) =>
      method === 'POST' ? String(i) : path,
    );
    expect(Object.keys(byMessage).length).toBeGreaterThan(1);
    const last = scene.messages().at(-1);
    expect(JSON.stringify(last?.json.components)).toContain('Retry');
    const first = scene
      .messages()
      .filter(({ path }) => path.endsWith('/messages/1'))
      .at(-1);
    expect(first?.json.components).toEqual([]);
    expect(labelsOf()[0]).toBe('Stop');
  });
});
