import { APIError } from 'openai/core/error';
import { toFile } from 'openai/core/uploads';
import type { Recording, Transcriber, Transcript } from '../attachments/ports.ts';
import { ModelError } from '../errors.ts';
import { toModelError } from './model-error.ts';
import { createOpenAiClient, type OpenAiClientOptions } from './openai-client.ts';
import type { ModelLog } from './ports.ts';

export interface TranscriberOptions extends OpenAiClientOptions {
  /** The name that servers of this kind know best by default: `whisper-1`. */
  readonly model?: string;
  /** Until the whole transcript is there (45,000). */
  readonly timeoutMs?: number;
  readonly log?: ModelLog;
  /** Monotonic, in ms. */
  readonly now?: () => number;
}

const DEFAULT_MODEL = 'whisper-1';
const DEFAULT_TIMEOUT_MS = 45_000;
/** How servers without the endpoint, or without such a model, answer. */
const UNAVAILABLE: ReadonlySet<number> = new Set([404, 405, 501]);
/** So long a server is not asked again: what is added to it meanwhile is found then. */
const UNAVAILABLE_MS = 10 * 60_000;

/** Speech to text by `/audio/transcriptions`, which many servers that speak Chat Completions have as well. */
export function createTranscriber(options: TranscriberOptions): Transcriber {
  const { model = DEFAULT_MODEL, timeoutMs = DEFAULT_TIMEOUT_MS, log } = options;
  const { now = () => performance.now() } = options;
  let unavailableUntil = -Infinity;

  const markUnavailable = (status: number): Transcript => {
    unavailableUntil = now() + UNAVAILABLE_MS;
    log?.warn({ status, model }, 'The model server transcribes no speech; voice messages are not understood');
    return { kind: 'unavailable' };
  };

  return {
    async transcribe({ bytes, name, contentType }: Recording, signal): Promise<Transcript> {
      if (now() < unavailableUntil) return { kind: 'unavailable' };
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const client = await createOpenAiClient(options, timeoutMs);
        const file = await toFile(bytes, name, { type: contentType });
        const answer: unknown = await client.audio.transcriptions.create(
          { file, model },
          { signal: deadline },
        );
        return { kind: 'text', text: toTranscript(answer) };
      } catch (error) {
        signal.throwIfAborted();
        const status = error instanceof APIError ? (error.status as unknown) : undefined;
        if (typeof status === 'number' && UNAVAILABLE.has(status)) return markUnavailable(status);
        throw toModelError(error);
      }
    },
  };
}

/** What was heard; some servers answer with the bare text. Throws ModelError where it is neither. */
function toTranscript(answer: unknown): string {
  if (typeof answer === 'string') return answer;
  const hasText = typeof answer === 'object' && answer !== null && 'text' in answer;
  if (hasText && typeof answer.text === 'string') return answer.text;
  throw new ModelError('interrupted', "The model server's transcript holds no text");
}
