import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeltaTemplate } from '../../src/model/delta-template.ts';

function toChunk(content: string, fields: Record<string, unknown> = {}): string {
  const choice = { index: 0, delta: { content }, finish_reason: null, ...fields };
  return JSON.stringify({ id: 'x', model: 'm', choices: [choice] });
}

function learnt(payload: string, text: string): DeltaTemplate {
  const template = new DeltaTemplate();
  template.learn(payload, text);
  return template;
}

test('reads the text of a chunk that is otherwise like the one learnt', () => {
  const template = learnt(toChunk('Hello'), 'Hello');
  expect(template.read(toChunk(' wörld 🔥'))).toBe(' wörld 🔥');
  expect(template.read(toChunk(''))).toBe('');
});

test('does not read what it cannot be sure of', () => {
  const template = learnt(toChunk('Hello'), 'Hello');
  expect(template.read(toChunk('a "quote"'))).toBeUndefined();
  expect(template.read(toChunk('line\n'))).toBeUndefined();
  expect(template.read(toChunk('back\\'))).toBeUndefined();
  expect(template.read(toChunk('end', { finish_reason: 'stop' }))).toBeUndefined();
  expect(template.read(toChunk('other', { index: 1 }))).toBeUndefined();
  expect(template.read('[DONE]')).toBeUndefined();
  expect(template.read('')).toBeUndefined();
  // As much as the template's two ends, overlapping.
  expect(template.read(toChunk('').slice(0, -1))).toBeUndefined();
});

test('does not learn where the text may stand elsewhere', () => {
  const twice = '{"choices":[{"message":{"content":"a"},"delta":{"content":"a"}}]}';
  expect(learnt(twice, 'a').read(twice)).toBeUndefined();
  const escaped = toChunk('a\nb');
  expect(learnt(escaped, 'a\nb').read(escaped)).toBeUndefined();
  const spaced = '{"choices":[{"delta":{"content": "a"}}]}';
  expect(learnt(spaced, 'a').read(spaced)).toBeUndefined();
});

test('whatever the texts and the rest of the chunk, what is read is what JSON says', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('"content":"', '","x":"'),
  );
  fc.assert(
    fc.property(text, text, text, (first, second, id) => {
      const payload = (content: string) =>
        JSON.stringify({ id, choices: [{ delta: { content } }], tail: id });
      const read = learnt(payload(first), first).read(payload(second));
      expect([second, undefined]).toContain(read);
    }),
  );
});
