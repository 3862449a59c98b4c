import type { ModelReply } from './ports.ts';
import { readBody } from './read-body.ts';
import { SseParser } from './sse-parser.ts';
import type { StreamDeadline } from './stream-deadline.ts';
import { StreamedReply } from './streamed-reply.ts';

export interface ReadReplyOptions {
  /** Named in the reply where the server does not say. */
  readonly model: string;
  readonly onText: (delta: string) => void;
  readonly deadline: StreamDeadline;
  readonly signal: AbortSignal;
}

/** Thrown out of reading to close the connection of a model that does not stop by itself. */
const enough = new Error('The reply is long enough');

/**
 * Reads a streamed answer to its end. Visible text is handed on once per network chunk, its deltas joined. A
 * server that answers unstreamed is understood too.
 */
export async function readReply(response: Response, options: ReadReplyOptions): Promise<ModelReply> {
  const reply = new StreamedReply();
  const isStream = !(response.headers.get('content-type') ?? '').includes('application/json');
  const parser = new SseParser((payload) => {
    reply.add(payload);
  });
  const unstreamed: Uint8Array[] = [];
  let contentSeen = 0;
  let isClosing = false;
  const handOn = (): void => {
    const text = reply.takeText();
    if (text !== '') options.onText(text);
  };
  const onChunk = (chunk: Uint8Array): void => {
    if (!isStream) {
      unstreamed.push(chunk);
      return;
    }
    parser.push(chunk);
    if (reply.contentCount > contentSeen && !isClosing) {
      contentSeen = reply.contentCount;
      options.deadline.refresh();
    }
    handOn();
    if (reply.isFull) throw enough;
    if (reply.isDone && !isClosing) {
      isClosing = true;
      options.deadline.finish();
    }
  };
  try {
    await readBody(response, onChunk, options.signal);
    if (isStream) parser.end();
    else reply.add(Buffer.concat(unstreamed).toString());
  } catch (error) {
    // What breaks after the model's end costs nothing but the connection.
    if (error !== enough && !reply.isFinished) throw error;
  }
  const whole = reply.end(options.model);
  handOn();
  return whole;
}
