import { describe, expect, test, vi } from 'vitest';
import type { SimulatedDiscord } from '../../../sandbox/discord/types.ts';
import { StoreUnavailableError } from '../../../src/errors.ts';
import { createMissedScene } from './missed-scene.ts';

const messagesRoute = /\/channels\/\d+\/messages$/;
const minuteMs = 60_000;

describe('FAULTS 1: what was said while the bot was away', () => {
  test('comes in oldest first, from each channel with a cursor, direct messages and threads too', async () => {
    await using scene = await createMissedScene();
    const { discord, ann, general, cursors } = scene;
    const dm = discord.people.openDm(ann.id);
    const thread = discord.people.startThread(ann.id, general.id, { name: 'talk' });
    const missed = new Map<string, string[]>();
    for (const { id } of [general, dm, thread]) {
      cursors.set(id, scene.mention(id, 'answered before'));
      missed.set(id, [scene.mention(id, 'one'), scene.mention(id, 'two')]);
    }
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heard).toHaveLength(6);
    });
    for (const [channelId, ids] of missed) {
      const inChannel = scene.heard.filter(({ place }) => place.channelId === channelId);
      expect(inChannel.map(({ id }) => id)).toEqual(ids);
    }
    const placeOf = (id: string) => scene.heard.find(({ place }) => place.channelId === id)?.place;
    expect(placeOf(dm.id)).toMatchObject({ kind: 'dm', guildId: null });
    expect(placeOf(thread.id)).toMatchObject({ kind: 'thread', parentId: general.id, everyone: true });
    expect(placeOf(general.id)).toMatchObject({ kind: 'channel', everyone: true });
  });

  test('on a fresh install is not asked for at all', async () => {
    await using scene = await createMissedScene();
    scene.mention(scene.general.id);
    await scene.start();
    const id = scene.mention(scene.general.id, 'now');
    await vi.waitFor(() => {
      expect(scene.heardIds()).toEqual([id]);
    });
    expect(scene.discord.stats.byRoute['GET /channels/:id/messages']).toBeUndefined();
  });

  test('is asked for after a session that could not be resumed, and only then', async () => {
    await using scene = await createMissedScene();
    const { discord, general, cursors, gateway } = scene;
    await scene.start();
    cursors.set(general.id, scene.mention(general.id, 'before'));
    await vi.waitFor(() => {
      expect(scene.heard).toHaveLength(1);
    });
    const lose = async (): Promise<string> => {
      discord.faults.dropSockets();
      await vi.waitFor(() => {
        expect(gateway.readiness().ready).toBe(false);
      });
      return scene.mention(general.id, 'anybody?');
    };
    const resumed = await lose();
    await vi.waitFor(
      () => {
        expect(scene.heardIds().slice(1)).toEqual([resumed]);
      },
      { timeout: 30_000 },
    );
    expect(discord.stats.byRoute['GET /channels/:id/messages']).toBeUndefined();
    cursors.set(general.id, resumed);
    discord.faults.refuseResumes(true);
    const missed = await lose();
    await vi.waitFor(
      () => {
        expect(scene.heardIds().slice(2)).toEqual([missed]);
      },
      { timeout: 30_000 },
    );
    expect(discord.stats.byRoute['GET /channels/:id/messages']).toBe(1);
  });

  test('comes before what is said meanwhile, and a deletion both at once and after its message', async () => {
    const deleted: string[] = [];
    await using scene = await createMissedScene({
      catchUp: {
        door: {
          onMessage: ({ id }) => order.push(id),
          onMessageDelete: (id) => deleted.push(`${id} after ${order.length}`),
        },
      },
    });
    const order: string[] = [];
    const { discord, ann, general, hidden, bob, cursors } = scene;
    cursors.set(general.id, scene.mention(general.id, 'answered before'));
    const missed = scene.mention(general.id, 'missed');
    discord.faults.rest({ path: messagesRoute, delayMs: 200 });
    await scene.start();
    const meanwhile = scene.mention(general.id, 'meanwhile');
    discord.people.deleteMessage(ann.id, meanwhile);
    const elsewhere = discord.people.say(bob.id, hidden.id, `<@${discord.botUserId}> elsewhere`).id;
    await vi.waitFor(() => {
      expect(order).toEqual([elsewhere, missed, meanwhile]);
    });
    // What was answered before is forgotten without a wait, what only comes in now when it has.
    await expect.poll(() => deleted.at(-1)).toBe(`${meanwhile} after 3`);
    expect(deleted).toHaveLength(2);
  });

  test('expires when it is old and addresses nobody; what addresses the bot is kept', async () => {
    const later = () => Date.now() + 16 * minuteMs;
    await using scene = await createMissedScene({
      catchUp: { now: later },
      simulator: { messageContentIntent: true },
      gateway: { messageContent: true },
    });
    const { discord, ann, general, cursors } = scene;
    const dm = discord.people.openDm(ann.id);
    cursors.set(general.id, scene.mention(general.id, 'answered before'));
    cursors.set(dm.id, discord.people.say(ann.id, dm.id, 'answered before').id);
    discord.people.say(ann.id, general.id, 'just talk');
    const kept = [scene.mention(general.id), discord.people.say(ann.id, dm.id, 'in private').id];
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heardIds().toSorted()).toEqual(kept);
    });
  });

  test('is not handed on where the bot replied already, or refused', async () => {
    await using scene = await createMissedScene();
    const { general, cursors, budget } = scene;
    cursors.set(general.id, scene.mention(general.id, 'answered before'));
    const answered = scene.mention(general.id, 'answered, and the record is lost');
    await budget.send({
      method: 'POST',
      path: `/channels/${general.id}/messages`,
      priority: 'final-text',
      body: () => ({ json: { content: 'yes', message_reference: { message_id: answered } } }),
    });
    const [refused, open] = [scene.mention(general.id, 'one too many'), scene.mention(general.id, 'open')];
    const path = `/channels/${general.id}/messages/${refused}/reactions/%F0%9F%9A%AB/@me`;
    await budget.send({ method: 'PUT', path, priority: 'acknowledgement' });
    // What others think of it is no refusal.
    scene.discord.people.react(scene.bob.id, open, '🚫');
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heardIds()).toEqual([open]);
    });
  });

  test('in a busy channel is fetched from the end, up to a bound', async () => {
    await using scene = await createMissedScene({ catchUp: { limits: { maxMessagesPerChannel: 300 } } });
    const { general, cursors, lines } = scene;
    cursors.set(general.id, scene.mention(general.id, 'answered before'));
    const missed = Array.from({ length: 350 }, (_, n) => scene.mention(general.id, String(n)));
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heard).toHaveLength(300);
    });
    expect(scene.heardIds()).toEqual(missed.slice(-300));
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', channelId: general.id }));
  });

  test('in a channel that is gone or closed is given up, and the channel forgotten; so is what is too old', async () => {
    await using scene = await createMissedScene();
    const { discord, guild, general, hidden, cursors, bob } = scene;
    const gone = discord.people.addChannel(guild.id, { name: 'gone' });
    const last = scene.mention(general.id, 'answered before');
    for (const id of [gone.id, hidden.id, general.id]) cursors.set(id, last);
    const eightDaysMs = 8 * 24 * 60 * minuteMs;
    const old = String(BigInt(last) - (BigInt(eightDaysMs) << 22n));
    cursors.set(discord.people.openDm(bob.id).id, old);
    discord.people.setBotPermissions(hidden.id, { deny: 1n << 10n });
    discord.people.deleteChannel(gone.id);
    const missed = scene.mention(general.id, 'missed');
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heardIds()).toEqual([missed]);
      expect([...cursors.keys()]).toEqual([general.id]);
    });
  });

  test.each([403, 404, 408])(
    'is fetched all the same when a proxy before Discord says %i',
    async (status) => {
      await using scene = await createMissedScene();
      const { discord, general, cursors } = scene;
      cursors.set(general.id, scene.mention(general.id, 'answered before'));
      const missed = scene.mention(general.id, 'missed');
      const headers = { 'content-type': 'text/html' };
      discord.faults.rest({ path: messagesRoute, status, body: '<html>not now</html>', headers, times: 1 });
      await scene.start();
      await vi.waitFor(() => {
        expect(scene.heardIds()).toEqual([missed]);
      }, 20_000);
      expect([...cursors.keys()]).toEqual([general.id]);
    },
  );

  test('is fetched later when the store or Discord does not answer at first, and new messages do not wait', async () => {
    let failures = 1;
    const cursors = new Map<string, string>();
    await using scene = await createMissedScene({
      catchUp: {
        limits: { retryMs: 150, maxHoldMs: 50 },
        cursors: {
          cursors: () => {
            if (failures-- > 0)
              return Promise.reject(new StoreUnavailableError('cursors', new Error('down')));
            return Promise.resolve(cursors);
          },
          forgetChannel: () => Promise.resolve(),
          forgetChannelsUntil: () => Promise.resolve(),
        },
      },
    });
    const { discord, general } = scene;
    cursors.set(general.id, scene.mention(general.id, 'answered before'));
    const missed = scene.mention(general.id, 'missed');
    discord.faults.rest({ path: messagesRoute, kind: 'reset', times: 6 });
    await scene.start();
    const meanwhile = scene.mention(general.id, 'meanwhile');
    await vi.waitFor(() => {
      expect(scene.heardIds()).toEqual([meanwhile]);
    });
    // What is answered now must not hide from the next start what is still missing.
    expect(scene.gaps.has(general.id)).toBe(true);
    discord.faults.clear();
    await vi.waitFor(
      () => {
        expect(scene.heardIds()).toEqual([meanwhile, missed, meanwhile]);
      },
      { timeout: 30_000 },
    );
    expect(scene.gaps.has(general.id)).toBe(false);
    expect(scene.gaps.cursorForAll('1')).toBe('1');
  });

  test('is tried as long as it takes, and a later session that fetches it closes the gap for both', async () => {
    await using scene = await createMissedScene({
      catchUp: { limits: { retryMs: 60_000, maxHoldMs: 50 } },
      gateway: { watchdog: { checkMs: 20 } },
    });
    const { discord, general, cursors, gaps } = scene;
    cursors.set(general.id, scene.mention(general.id, 'answered before'));
    const missed = scene.mention(general.id, 'missed');
    discord.faults.rest({ path: messagesRoute, kind: 'reset' });
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.lines.map(({ msg }) => msg)).toContain(
        'what was missed in a channel cannot be fetched yet',
      );
    }, 20_000);
    discord.faults.clear();
    discord.faults.refuseResumes(true);
    discord.faults.dropSockets();
    await vi.waitFor(() => {
      expect(scene.heardIds()).toContain(missed);
    }, 30_000);
    await vi.waitFor(() => {
      expect(gaps.has(general.id)).toBe(false);
    });
  });

  test('is waited for a while where Discord does not answer at first, so that the order stays', async () => {
    await using scene = await createMissedScene({ catchUp: { limits: { retryMs: 50 } } });
    const { discord, general, cursors } = scene;
    cursors.set(general.id, scene.mention(general.id, 'answered before'));
    const missed = scene.mention(general.id, 'missed');
    discord.faults.rest({ path: messagesRoute, kind: 'reset' });
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.lines.map(({ msg }) => msg)).toContain(
        'what was missed in a channel cannot be fetched yet',
      );
    }, 4_000);
    const meanwhile = scene.mention(general.id, 'meanwhile');
    discord.faults.clear();
    await vi.waitFor(
      () => {
        expect(scene.heardIds().slice(0, 2)).toEqual([missed, meanwhile]);
      },
      { timeout: 30_000 },
    );
  });

  test('is left for the next start when the bot stops meanwhile', async () => {
    await using scene = await createMissedScene();
    const { discord, general, cursors, catchUp } = scene;
    cursors.set(general.id, scene.mention(general.id, 'answered before'));
    scene.mention(general.id, 'missed');
    discord.faults.rest({ path: messagesRoute, kind: 'hang' });
    await scene.start();
    scene.mention(general.id, 'held');
    await catchUp.stop();
    expect(scene.heard).toEqual([]);
    expect(scene.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('FAULTS 1: what was said while the bot was away in channels where nobody asked before', () => {
  const requests = (scene: { discord: SimulatedDiscord }): number | undefined =>
    scene.discord.stats.byRoute['GET /channels/:id/messages'];

  test('is found by what Discord tells of their last messages, and nothing from before', async () => {
    await using scene = await createMissedScene();
    const { discord, guild, ann, bob, general, hidden } = scene;
    const quiet = discord.people.addChannel(guild.id, { name: 'quiet' });
    const thread = discord.people.startThread(ann.id, general.id, { name: 'talk' });
    for (const { id } of [quiet, general, thread]) scene.mention(id, 'not answered then');
    scene.write(scene.mention(general.id, 'the last that was heard'));
    const missed = [scene.mention(general.id), scene.mention(thread.id)];
    missed.push(discord.people.say(bob.id, hidden.id, `<@${discord.botUserId}> hello`).id);
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heardIds().toSorted()).toEqual(missed);
    });
    expect(requests(scene), 'one for each channel in which something was said').toBe(3);
  });

  test('is not asked for where the bot may not read, nor from before it came to the server', async () => {
    await using scene = await createMissedScene();
    const { discord, ann, general, hidden, bob } = scene;
    scene.write(scene.mention(general.id, 'the last that was heard'));
    discord.people.setBotPermissions(hidden.id, { deny: 1n << 16n });
    discord.people.say(bob.id, hidden.id, `<@${discord.botUserId}> closed`);
    const other = discord.people.addGuild({ memberIds: [ann.id], withBot: false });
    const lobby = discord.people.addChannel(other.id, { name: 'lobby' });
    discord.people.say(ann.id, lobby.id, 'before the bot came');
    await new Promise((resolve) => setTimeout(resolve, 5));
    discord.people.join(other.id, discord.botUserId);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const missed = scene.mention(lobby.id, 'welcome');
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heardIds()).toEqual([missed]);
    });
    expect(requests(scene)).toBe(1);
  });

  test('is not asked for in a server in which nobody is answered', async () => {
    const asked: string[] = [];
    await using scene = await createMissedScene({
      catchUp: {
        mayAnswerIn(guildId) {
          asked.push(guildId);
          return false;
        },
      },
    });
    scene.write('1');
    scene.mention(scene.general.id);
    await scene.start();
    await vi.waitFor(() => {
      expect(asked).toContain(scene.guild.id);
    });
    await scene.catchUp.stop();
    expect(scene.heard).toEqual([]);
  });

  test('is read in the channels with the latest messages, where there are too many', async () => {
    await using scene = await createMissedScene({ catchUp: { limits: { maxSilentChannels: 2 } } });
    const { discord, guild, general } = scene;
    scene.write(scene.mention(general.id, 'the last that was heard'));
    const channels = [1, 2, 3, 4].map((n) => discord.people.addChannel(guild.id, { name: `c${n}` }).id);
    const missed = channels.map((id) => scene.mention(id));
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heardIds().toSorted()).toEqual(missed.slice(-2));
    });
    expect(requests(scene)).toBe(2);
  });

  test('where there was an earlier question as well, nothing is read twice that was heard', async () => {
    await using scene = await createMissedScene();
    const { general, cursors } = scene;
    cursors.set(general.id, scene.mention(general.id, 'answered'));
    scene.write(scene.mention(general.id, 'heard, and not for the bot'));
    const missed = scene.mention(general.id, 'missed');
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.heardIds()).toEqual([missed]);
    });
  });

  test('is found from the first start on: what was there then counts as heard', async () => {
    await using scene = await createMissedScene();
    const old = scene.mention(scene.general.id, 'before the bot was installed');
    await scene.start();
    await vi.waitFor(() => {
      expect(scene.written()).toBe(old);
    });
    expect(scene.heard).toEqual([]);
    expect(requests(scene)).toBeUndefined();
  });
});
