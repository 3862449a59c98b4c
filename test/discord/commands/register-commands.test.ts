import { describe, expect, test } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { registerCommands } from '../../../src/discord/commands/register-commands.ts';
import { StoreUnavailableError } from '../../../src/errors.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createFakeRest } from './fake-rest.ts';

const definitions = commands.map(({ definition }) => definition);

function createScene(respond?: () => unknown) {
  const rest = createFakeRest(respond);
  const entries = new Map<string, unknown>();
  const store = {
    get: (key: string) => Promise.resolve(entries.get(key)),
    set: (key: string, value: unknown) => Promise.resolve(void entries.set(key, value)),
  };
  const { log, lines } = recordLog();
  const register = (more: object = {}) =>
    registerCommands({ definitions, applicationId: '900', rest, store, log, ...more });
  return { register, rest, lines };
}

describe('FAULTS 5: commands are registered only when they changed', () => {
  test('once over many starts', async () => {
    const { register, rest } = createScene();
    expect([await register(), await register(), await register()]).toEqual([
      'registered',
      'unchanged',
      'unchanged',
    ]);
    expect(rest.sent).toEqual([
      { method: 'PUT', path: '/applications/900/commands', json: definitions, query: undefined },
    ]);
  });

  test('again when a definition changed, or the application did', async () => {
    const { register } = createScene();
    await register();
    const changed = definitions.map((definition) => ({ ...definition, description: 'Another' }));
    expect(await register({ definitions: changed })).toBe('registered');
    expect(await register({ applicationId: '901' })).toBe('registered');
  });

  test('a refusal is tried again at the next start', async () => {
    let isDown = true;
    const { register, rest, lines } = createScene(() => {
      if (isDown) throw new Error('down');
      return [];
    });
    expect(await register()).toBe('failed');
    expect(lines[0]).toMatchObject({ level: 'error' });
    isDown = false;
    expect(await register()).toBe('registered');
    expect(rest.sent).toHaveLength(2);
  });

  test('a stop in the middle is no error', async () => {
    const stop = new AbortController();
    const { register, lines } = createScene(() => {
      stop.abort();
      throw new Error('stopping');
    });
    expect(await register({ signal: stop.signal })).toBe('failed');
    expect(lines.map(({ level }) => level)).toEqual(['info']);
  });

  test('FAULTS 28: a store that is out of reach does not mean that nothing is registered', async () => {
    const { register, rest } = createScene();
    const store = {
      get: () => Promise.reject(new StoreUnavailableError('get', new Error('disk'))),
      set: () => Promise.resolve(),
    };
    expect(await register({ store })).toBe('failed');
    expect(rest.sent).toEqual([]);
  });
});
