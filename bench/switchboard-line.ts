/**
 * Our own line from the admitted run to the finished answer with everything on: lanes, prompt, facts and
 * conversation from SQLite, agent, retries, events, metrics, log lines, the turn written behind. Only Discord is
 * not there; a reply notes when the first text arrives. Mirrors src/app.ts: a part of the line that is added
 * there, such as a store of runs, is added to `RunService` here.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { toQuestion } from '../src/prompt/prompt.ts';
import { createConversationMemory } from '../src/memory/conversation-memory.ts';
import { createFactMemory } from '../src/memory/fact-memory.ts';
import { createModel } from '../src/model/create-model.ts';
import type { Model } from '../src/model/ports.ts';
import { createLog } from '../src/observability/log.ts';
import { createMetrics, type Metrics } from '../src/observability/metrics.ts';
import { createAnswers } from '../src/runs/answers.ts';
import type { Reply, RunObserver, RunOutcome } from '../src/runs/ports.ts';
import { NO_FILES } from '../src/runs/run-attachments.ts';
import { RunService } from '../src/runs/run-service.ts';
import { createRunStore } from '../src/runs/run-store.ts';
import type { Run } from '../src/runs/run.ts';
import { encodeKey } from '../src/storage/key-codec.ts';
import { openStorage } from '../src/storage/open-storage.ts';
import type { RunTable } from '../src/storage/run-table.ts';
import { defineTool } from '../src/tools/tool.ts';
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS } from './peers/task.ts';
import type { Contender } from './peers/task.ts';

const MANY = 1_000_000;

interface Waiting {
  readonly onFirstText: () => void;
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

export interface SwitchboardLineOptions {
  /** Where runs are written down; by default with the memory, in SQLite. */
  readonly runTable?: RunTable;
}

/** The contender, against a model server. */
export async function createSwitchboardLine(
  origin: string,
  options: SwitchboardLineOptions = {},
): Promise<Contender> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-bench-'));
  const line = await openSwitchboardLine({
    ...options,
    model: createBenchModel(origin),
    storeFile: join(directory, 'bench.db'),
  });
  let count = 0;
  return {
    run: (onFirstText) => line.ask((count += 1), onFirstText),
    settle: () => line.settle(),
    async close() {
      await line.close();
      await rm(directory, { recursive: true });
    },
  };
}

export interface OpenLineOptions extends SwitchboardLineOptions {
  readonly model: Model;
  readonly storeFile: string;
}

export interface SwitchboardLine {
  /** A question of person number `person`, in their direct messages; resolves with the answer. */
  ask(person: number, onFirstText: () => void): Promise<string>;
  /** Resolves when the memory is written. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export async function openSwitchboardLine({
  model,
  storeFile,
  runTable,
}: OpenLineOptions): Promise<SwitchboardLine> {
  const log = createLog({ level: 'info', secrets: ['bench'], destination: { write: () => undefined } });
  const storage = await openStorage({ url: `sqlite://${storeFile}`, log });
  const conversations = createConversationMemory({ store: storage.namespace('conversations'), log });
  const facts = createFactMemory({ store: storage.namespace('facts') });
  const metrics = createMetrics();
  const waiting = new Map<string, Waiting>();

  const runs = new RunService({
    agent: { model, tools, limits },
    services: {
      facts,
      channels: { recentMessages: () => Promise.resolve([]) },
      now: Date.now,
      random: Math.random,
    },
    conversations,
    toPrompt: (run, { turns }) => [
      { role: 'system', content: SYSTEM_PROMPT },
      ...turns.flatMap(({ messages }) => messages),
      toQuestion(run, NO_FILES),
    ],
    toQuestion,
    readAttachments: () => Promise.resolve(NO_FILES),
    completeQuotes: (run) => Promise.resolve(run),
    observer: toObserver(metrics),
    log,
    now: Date.now,
    doors: { isClosed: () => false, awaitOpening: () => () => undefined },
    overload: { reason: () => undefined },
    quota: undefined,
    missedChanges: () => Promise.resolve([]),
    store: createRunStore({ table: runTable ?? storage.runs, log }),
    answers: createAnswers({ store: storage.namespace('answers'), log }),
    limits: { maxConcurrent: MANY, maxConcurrentPerUser: 2, maxPending: MANY, maxPendingPerUser: 5 },
    replies: {
      open: (run, options) => toReply(waiting, run.id, options?.onShown),
      refuse: (run, reason) => {
        waiting.get(run.id)?.reject(new Error(reason));
        return Promise.resolve();
      },
      remove: () => Promise.resolve(),
    },
  });

  let count = 0;
  return {
    ask: (person, onFirstText) =>
      new Promise((resolve, reject) => {
        count += 1;
        const run = toRun(count, person);
        waiting.set(run.id, { onFirstText, resolve, reject });
        runs.submit(run).catch(reject);
      }),
    settle: () => conversations.flush(),
    async close() {
      await runs.drain(1_000, 1_000);
      await conversations.flush();
      metrics.stop();
      await storage.close();
    },
  };
}

const tools = TOOLS.map((tool) =>
  defineTool({
    name: tool.name,
    description: tool.description,
    parameters: z.strictObject({ city: z.string().describe('Name of a city') }),
    repeatable: true,
    execute: () => callTool(tool),
  }),
);

const limits = {
  maxSteps: 8,
  maxParallelToolCalls: 8,
  toolTimeoutMs: 20_000,
  stepTimeoutMs: 180_000,
  runTimeoutMs: 300_000,
  maxInputTokens: 12_000,
};

/** With its limit, its circuit breaker and its retries. */
function createBenchModel(origin: string): Model {
  return createModel({
    providers: [{ apiKey: 'bench', baseUrl: `${origin}/v1`, model: MODEL }],
    firstTokenTimeoutMs: 60_000,
    streamIdleTimeoutMs: 60_000,
    userHashKey: 'bench',
    maxConcurrentCalls: MANY,
    // PACED=0 shows what the fast way to the model saves.
    isPaced: process.env['PACED'] !== '0',
  });
}

function toReply(
  waiting: Map<string, Waiting>,
  runId: string,
  onShown: ((messageIds: readonly string[]) => void) | undefined,
): Reply {
  const messageIds = [`9${runId}`];
  let isShown = false;
  return {
    waiting: () => undefined,
    restart: () => undefined,
    suspend: () => undefined,
    started: () => undefined,
    onEvent(event) {
      if (isShown || event.type !== 'text-delta') return;
      isShown = true;
      waiting.get(runId)?.onFirstText();
      onShown?.(messageIds);
    },
    finish(outcome: RunOutcome) {
      const { resolve, reject } = waiting.get(runId) ?? {};
      waiting.delete(runId);
      if (outcome.kind === 'answered') resolve?.(outcome.text);
      else reject?.(new Error(`The run ended as ${outcome.kind}`));
      return Promise.resolve({ delivered: true, messageIds });
    },
  };
}

function toObserver(metrics: Metrics): RunObserver {
  return {
    firstText: metrics.recordFirstText,
    toolCall: ({ name, isError, durationMs }) => {
      metrics.recordTool(name, isError ? 'error' : 'ok', durationMs);
    },
    ended: ({ kind }, agent, ms) => {
      metrics.recordRun(kind, ms);
      if (agent) metrics.recordTokens(agent.usage);
    },
    refused: () => {
      metrics.recordRun('refused');
    },
  };
}

/** Run number `count`: a question of person number `person`, in a DM of their own. */
function toRun(count: number, person: number): Run {
  const userId = toPersonId(person);
  const id = String(20_000_000_000_000_000n + BigInt(count));
  return {
    version: 1,
    id,
    createdAt: Date.now(),
    conversationId: toConversationId(person),
    audience: { kind: 'private', userId },
    guildId: null,
    channelId: String(30_000_000_000_000_000n + BigInt(person)),
    requester: { id: userId, name: `Person ${String(person)}` },
    origin: { kind: 'message', messageId: id },
    prompt: { text: QUESTION, quotes: [], attachments: [] },
    model: null,
    replaces: null,
  };
}

function toPersonId(person: number): string {
  return String(10_000_000_000_000_000n + BigInt(person));
}

/** The conversation of person number `person`. */
export function toConversationId(person: number): string {
  return encodeKey(['dm', toPersonId(person)]);
}
