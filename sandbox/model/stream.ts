import type { ServerResponse } from 'node:http';
import { framePrefix } from './frames.ts';
import type { ReplyFrames } from './frames.ts';
import type { ScriptedReply } from './types.ts';

const KEEP_ALIVE_INTERVAL_MS = 50;

/** What one stream sends and how fast. */
export interface StreamPlan {
  readonly id: string;
  readonly reply: ScriptedReply;
  readonly frames: ReplyFrames;
  readonly includeUsage: boolean;
}

/**
 * Streams a reply. Pieces are due by the clock, not by timer ticks: a late timer sends all that is due in one
 * write, so thousands of streams keep their pace. Ends with the response; a closed connection stops it.
 */
export function streamReply(response: ServerResponse, plan: StreamPlan): void {
  const { reply, frames } = plan;
  const prefix = framePrefix(plan.id);
  const tokenMs = reply.tokenMs ?? 0;
  const stopAt = Math.min(reply.fault?.afterChunks ?? Infinity, frames.pieces.length);
  let sent = 0;
  let startedAt = 0;

  const sendDue = (): void => {
    const due = tokenMs > 0 ? Math.floor((performance.now() - startedAt) / tokenMs) + 1 : stopAt;
    const until = Math.min(Math.max(due, sent + 1), stopAt);
    let batch = sent === 0 ? prefix + frames.role : '';
    for (; sent < until; sent += 1) batch += prefix + (frames.pieces[sent] ?? '');
    if (sent < stopAt) {
      response.write(batch);
      timer = setTimeout(sendDue, Math.max(0, startedAt + sent * tokenMs - performance.now()));
    } else if (reply.fault === undefined) {
      response.end(batch + closing(plan, prefix));
    } else {
      response.write(batch);
      breakStream(response, reply.fault.kind);
    }
  };
  const begin = (): void => {
    startedAt = performance.now();
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    sendDue();
  };

  let timer: NodeJS.Timeout | undefined;
  response.once('close', () => {
    clearTimeout(timer);
  });
  whileOpen(response, reply.firstTokenMs, begin);
}

/** Does `work` after a wait unless the connection is closed by then. An infinite wait: the server never answers. */
export function whileOpen(response: ServerResponse, waitMs: number | undefined, work: () => void): void {
  if (waitMs === Infinity) return;
  const timer = setTimeout(work, waitMs ?? 0);
  response.once('close', () => {
    clearTimeout(timer);
  });
}

/** A stream without a finish reason is one that was cut off, so it has no usage and no `[DONE]` either. */
function closing(plan: StreamPlan, prefix: string): string {
  if (plan.frames.finish === undefined) return '';
  const usage = plan.includeUsage ? prefix + plan.frames.usage : '';
  return `${prefix}${plan.frames.finish}${usage}data: [DONE]\n\n`;
}

function breakStream(response: ServerResponse, kind: NonNullable<ScriptedReply['fault']>['kind']): void {
  switch (kind) {
    case 'stall':
      return;
    case 'keep-alive-only': {
      const timer = setInterval(() => {
        response.write(': keep-alive\n\n');
      }, KEEP_ALIVE_INTERVAL_MS);
      response.once('close', () => {
        clearInterval(timer);
      });
      return;
    }
    case 'reset':
      // What was written goes out before the reset, as it does when a proxy dies.
      setImmediate(() => response.socket?.resetAndDestroy());
      return;
    case 'garbage':
      response.end('data: {"choices":[{"delta":{"content":\n\n');
      return;
  }
}
