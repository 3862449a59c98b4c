import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SseParser, type SseLimits } from '../../src/model/sse-parser.ts';

function parse(chunks: readonly (string | Uint8Array)[], limits: Partial<SseLimits> = {}): string[] {
  const payloads: string[] = [];
  const parser = new SseParser((payload) => payloads.push(payload), limits);
  for (const chunk of chunks) parser.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  parser.end();
  return payloads;
}

describe('SseParser', () => {
  test('takes LF, CR LF and CR as ends of lines, also cut in two', () => {
    expect(parse(['data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\r', '\n\r', '\n'])).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  test('drops comments, other fields and a BOM; joins the lines of one event', () => {
    expect(
      parse(['\uFEFF: hi\ndata: a\n\n: keep-alive\n\nevent: x\nid: 1\ndata: b\ndata:c\ndata\n\n']),
    ).toEqual(['a', 'b\nc\n']);
  });

  test('puts characters together that were cut between chunks', () => {
    const bytes = Buffer.from('data: 🔥é\n\n');
    expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['🔥é']);
  });

  test('delivers an event that the end of the stream cuts off', () => {
    expect(parse(['data: a\n\ndata: [DONE]'])).toEqual(['a', '[DONE]']);
  });

  test('gives the same payloads however the bytes are cut', () => {
    const line = fc.constantFrom('data: x', 'data:🔥', 'data', ': c', '', '', 'event: e', 'data: {"a":"é"}');
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end)), cuts, (lines, sizes) => {
        const bytes = Buffer.from(lines.flat().join(''));
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(parse(chunks)).toEqual(parse([bytes]));
      }),
    );
  });

  test('refuses a line or a stream past its limit', () => {
    expect(() => parse(['data: ', 'x'.repeat(30), 'x'.repeat(30)], { maxLineLength: 50 })).toThrow(/line/);
    expect(() => parse(['data: a\n\n'.repeat(20)], { maxTotalBytes: 100 })).toThrow(/longer than 100 bytes/);
  });
});
