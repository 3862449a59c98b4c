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
])('the person is told %s', (_, given, notice) => {
  expect(end(given)).toEqual({
    kind: 'answered',
    text: 'Yes.',
    notice: expect.stringMatching(notice) as string,
  });
});

test('all of it at once, and nothing where there is nothing to say', () => {
  const { notice } = end({ fallbackModel: 'spare', unknownTools: ['pay'], isWithoutEarlier: true }) as {
    notice?: string;
  };
  expect(notice?.match(/\(/g)).toHaveLength(3);
  expect(end({})).toEqual({ kind: 'answered', text: 'Yes.' });
});
