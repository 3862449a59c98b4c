import { describe, expect, test } from 'vitest';
import {
  MAX_ARGUMENTS_LENGTH,
  MAX_TOOL_CALLS_PER_STEP,
  ToolCallCollector,
  type WireToolCall,
} from '../../src/model/tool-call-collector.ts';

function collect(pieces: readonly WireToolCall[], toolNames: readonly string[] = []) {
  const collector = new ToolCallCollector(toolNames);
  for (const piece of pieces) collector.add(piece);
  return collector.finish();
}

const call = (name: string, args: string): { name: string; arguments: string } => ({ name, arguments: args });

describe('ToolCallCollector', () => {
  test('joins the pieces of each index', () => {
    const calls = collect([
      { index: 0, id: 'a', function: call('x', '') },
      { index: 1, id: 'b', function: call('y', '{"k"') },
      { index: 0, function: { arguments: '{}' } },
      { index: 1, function: { arguments: ':1}' } },
    ]);
    expect(calls).toEqual([
      { id: 'a', name: 'x', arguments: '{}' },
      { id: 'b', name: 'y', arguments: '{"k":1}' },
    ]);
  });

  test('takes pieces without an index, whole or in parts', () => {
    const calls = collect([
      { id: 'a', function: call('x', '{"k"') },
      { function: { arguments: ':1}' } },
      { function: call('y', '{}') },
      { id: 'c', function: { name: 'z', arguments: { k: 2 } } },
    ]);
    expect(calls.map(({ name, arguments: args }) => [name, args])).toEqual([
      ['x', '{"k":1}'],
      ['y', '{}'],
      ['z', '{"k":2}'],
    ]);
  });

  test('takes whole calls that all carry index 0, with or without ids', () => {
    expect(
      collect([
        { index: 0, id: 'a', function: call('x', '{}') },
        { index: 0, id: 'b', function: call('x', '{}') },
      ]),
    ).toHaveLength(2);
    expect(
      collect([
        { index: 0, function: call('x', '{}') },
        { index: 0, function: call('y', '{}') },
      ]).map(({ name }) => name),
    ).toEqual(['x', 'y']);
  });

  test.each<[string, readonly WireToolCall[]]>([
    ['one after the other', [{ function: call('x', '') }, { function: call('y', '') }]],
    ['all with index 0', [0, 0].map((index, at) => ({ index, function: call(at === 0 ? 'x' : 'y', '') }))],
    [
      'all with index 0 and one id',
      [
        { index: 0, id: 'same', function: call('x', '') },
        { index: 0, id: 'same', function: call('y', '') },
      ],
    ],
    [
      'with one id and no index',
      [
        { id: 'same', function: call('x', '{}') },
        { id: 'same', function: call('y', '') },
      ],
    ],
    [
      'with gaps in their index',
      [
        { index: 3, function: call('x', '') },
        { index: 9, function: call('y', '') },
      ],
    ],
    [
      'with an index that is none',
      [
        { index: null, function: call('x', '') },
        { index: '1', function: call('y', '') },
      ],
    ],
  ])('FAULTS 17: tells calls without arguments apart by their names: %s', (_, pieces) => {
    expect(collect(pieces, ['x', 'y']).map(({ name }) => name)).toEqual(['x', 'y']);
    expect(new Set(collect(pieces).map(({ id }) => id)).size).toBe(2);
  });

  test('FAULTS 17: joins a name that is cut in two, where a tool has that name', () => {
    const tools = ['get_weather', 'get', 'news'];
    for (const more of [{}, { index: 0 }, { index: 0, id: 'a' }]) {
      const pieces = [
        { ...more, function: call('get_', '') },
        { ...more, function: call('weather', '') },
        { ...more, function: { arguments: '{"k":1}' } },
      ];
      expect(collect(pieces, tools)).toMatchObject([call('get_weather', '{"k":1}')]);
    }
    const two = [{ function: call('get', '') }, { function: call('news', '') }];
    expect(collect(two, tools).map(({ name }) => name)).toEqual(['get', 'news']);
  });

  test('FAULTS 17: a name, or an id made anew, in each piece is no further call', () => {
    const pieces = ['', '{"k"', ':1}', ''];
    expect(collect(pieces.map((text) => ({ index: 0, function: call('x', text) })))).toMatchObject([
      call('x', '{"k":1}'),
    ]);
    for (const more of [{}, { index: 0 }]) {
      const anew = pieces.map((text, at) => ({
        ...more,
        id: `id${at}`,
        function: at === 0 ? call('x', text) : { arguments: text },
      }));
      expect(collect(anew.slice(0, 3))).toMatchObject([{ id: 'id0', ...call('x', '{"k":1}') }]);
    }
  });

  test('FAULTS 17: a brace in a string, or of an inner object, does not end a call', () => {
    const parts = ['{"k"', ':"}', '\\\\\\"}', '","in":{"l":[{}', ']}', ' }', ' \n'];
    for (const text of parts.keys()) {
      const pieces = parts.slice(0, text + 1).map((part) => ({ index: 0, function: call('x', part) }));
      expect(collect(pieces), parts[text]).toHaveLength(1);
    }
    const next = [...parts, '{}'].map((part) => ({ index: 0, function: call('x', part) }));
    expect(collect(next).map((each) => each.arguments)).toEqual([parts.join(''), '{}']);
    const odd = ['}', '{} x', '}'].map((part) => ({ index: 0, function: call('x', part) }));
    expect(collect(odd), 'what is no object is never complete').toHaveLength(1);
  });

  test.each([
    ['the name', (): WireToolCall => ({ index: 0, function: call('x', 'a }}') })],
    ['a new id', (at: number): WireToolCall => ({ index: 0, id: `b${at}`, function: { arguments: 'a }}' } })],
  ])('FAULTS 17: long arguments in small pieces with %s in each cost their length', (_, toPiece) => {
    const measure = (count: number): number => {
      const collector = new ToolCallCollector(['x']);
      const startedAt = performance.now();
      collector.add({ index: 0, id: 'a', function: call('x', '{"k":"') });
      for (let at = 0; at < count; at += 1) collector.add(toPiece(at));
      expect(collector.finish()).toHaveLength(1);
      return performance.now() - startedAt;
    };
    measure(1_000);
    expect(measure(60_000)).toBeLessThan(8 * measure(15_000) + 250);
  });

  test('FAULTS 17: what is no text counts as nothing, and arguments may be an object', () => {
    const odd = [{ index: 0, id: 7, function: null }, { function: { name: 1, arguments: null } }];
    expect(collect(odd)).toEqual([]);
    expect(collect([{ id: 'a', function: { name: 'x', arguments: { k: [1] } } }])).toEqual([
      { id: 'a', ...call('x', '{"k":[1]}') },
    ]);
  });

  test('gives every call an id of its own', () => {
    const calls = collect([
      { index: 0, id: 'same', function: call('x', '{}') },
      { index: 1, id: 'same', function: call('y', '{}') },
      { index: 2, function: call('z', '{}') },
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
    expect(calls.every(({ id }) => id.length > 0)).toBe(true);
  });

  test('makes names that every server takes back', () => {
    expect(collect([{ index: 0, function: call('a b/ü', '{}') }])[0]?.name).toBe('a_b__');
    expect(collect([{ index: 0, id: 'a', function: { arguments: '{}' } }])[0]?.name).toBe('unknown');
  });

  test('keeps within its caps', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      index,
      id: `c${index}`,
      function: call('x', '{}'),
    }));
    expect(collect([...many, ...many])).toHaveLength(MAX_TOOL_CALLS_PER_STEP);
    const whole = Array.from({ length: MAX_TOOL_CALLS_PER_STEP }, () => ({ function: call('x', '{}') }));
    const tooMany = [...whole, { function: call('y', '{"k"') }, { function: { arguments: ':1}' } }];
    expect(collect(tooMany).at(-1)).toMatchObject(call('x', '{}'));
    const long = Array.from({ length: 5 }, () => ({
      index: 0,
      function: { arguments: 'x'.repeat(100_000) },
    }));
    expect(collect(long)[0]?.arguments).toHaveLength(MAX_ARGUMENTS_LENGTH);
  });
});
