import { expect, test } from 'vitest';
import { findTags, withoutQuotes } from '../../../sandbox/nemesis/answer.ts';
import { toQuestion } from '../../../src/prompt/prompt.ts';
import { NO_FILES } from '../../../src/runs/run-attachments.ts';
import { toRun } from '../../runs/run-service-scene.ts';

test('what a question quotes, in the marks that the bot puts around it, is theirs who quoted it', () => {
  const quote = {
    messageId: '9',
    authorName: 'Bot',
    isBot: true,
    text: '#p1.q1.v1# line 1/1',
    attachments: [],
  };
  const run = toRun(2, { prompt: { text: '#p1.q2.v1# short', quotes: [quote], attachments: [] } });
  const content = JSON.stringify(toQuestion(run, NO_FILES, 'model').content);
  expect(findTags(content)).toEqual(['#p1.q1.v1#', '#p1.q2.v1#']);
  expect(findTags(withoutQuotes(content))).toEqual(['#p1.q2.v1#']);
});
