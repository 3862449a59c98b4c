/** The model of this benchmark, in a process of its own: who brings files is told what the model was told of them. */
import { createCrowdScript, defaultPace } from '../../sandbox/crowd/question.ts';
import { startModelServer } from '../../sandbox/model/server.ts';
import { offerCalls } from '../bot/calls.ts';
import { END, NOTHING_REFUSED } from './words.ts';

const REASON = /it was not read: (it [^)]*)\)/g;

const model = await startModelServer();
model.setScript(
  createCrowdScript(defaultPace, ({ messages }) => {
    const question = JSON.stringify(messages.at(-1)?.content);
    const reasons = [...question.matchAll(REASON)].map(([, reason = '']) => reason);
    return { text: (reasons.join('\n') || NOTHING_REFUSED) + END };
  }),
);

const calls = { where: () => model.baseUrl };

export type FilesModelCalls = typeof calls;

offerCalls(calls);
