import { expect, test } from 'vitest';
import type { AgentOutcome } from '../../src/agent/ports.ts';
import { toRunOutcome } from '../../src/runs/outcome.ts';

function end(given: Partial<AgentOutcome>) {
  const usage = { inputTokens: 0, outputTokens: 0 };
  return toRunOutcome(
    { stopReason: 'answered', text: 'Yes.', messages: [], steps: 1, usage, ...given },
    undefined,
  );
}

test.each<[string, Partial<AgentOutcome>, RegExp]>([
  ['FAULTS 14: that another model answered', { fallbackModel: 'spare' }, /Answered by spare/],
  ['FAULTS 14: what may have been done', { unknownTools: ['pay'] }, /in the middle of `pay`.*did not repeat/],
  ['FAULTS 15: what was left out', { isWithoutEarlier: true }, /without what was said before/],
  [
    'FAULTS 17: that a filter cut the answer',
    { stopReason: 'filtered' },
    /content filter cut the answer off/,
  ],
  ['FAULTS 17: that no answer followed its words', { stopReason: 'empty' }, /gave no answer/],
])('the person is told %s', (_, given, notice) => {
  expect(end(given)).toEqual({
    kind: 'answered',
    text: 'Yes.',
    notice: expect.stringMatching(notice) as string,
  });
});

test.each<[AgentOutcome['stopReason'], RegExp]>([
  ['filtered', /content filter let no answer through/],
  ['empty', /gave no answer/],
])('FAULTS 17: where nothing was said, %s is a failure with a sentence', (stopReason, notice) => {
  const failed = { kind: 'failed', text: '', notice: expect.stringMatching(notice) as string };
  expect(end({ stopReason, text: '' })).toEqual(failed);
});

test('FAULTS 17: a file that a tool made is an answer without words', () => {
  const files = [{ name: 'a.txt', contentType: 'text/plain', base64: '' }];
  expect(end({ stopReason: 'empty', text: '', files })).toEqual({ kind: 'answered', text: '', files });
});

test('all of it at once, and nothing where there is nothing to say', () => {
  const { notice } = end({ fallbackModel: 'spare', unknownTools: ['pay'], isWithoutEarlier: true }) as {
    notice?: string;
  };
  expect(notice?.match(/\(/g)).toHaveLength(3);
  expect(end({})).toEqual({ kind: 'answered', text: 'Yes.' });
});
