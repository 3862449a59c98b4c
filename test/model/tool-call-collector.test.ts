import { describe, expect, test } from 'vitest';
import {
  MAX_ARGUMENTS_LENGTH,
  MAX_TOOL_CALLS_PER_STEP,
  ToolCallCollector,
  type WireToolCall,
} from '../../src/model/tool-call-collector.ts';

function collect(pieces: readonly WireToolCall[]) {
  const collector = new ToolCallCollector();
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
    const long = Array.from({ length: 5 }, () => ({
      index: 0,
      function: { arguments: 'x'.repeat(100_000) },
    }));
    expect(collect(long)[0]?.arguments).toHaveLength(MAX_ARGUMENTS_LENGTH);
  });
});
