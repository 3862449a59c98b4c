import { createHmac } from 'node:crypto';
import type { Config } from '../config.ts';
import { createModel } from '../model/create-model.ts';
import type { Model } from '../model/ports.ts';
import type { Log } from '../observability/log.ts';

export function createBotModel({ model, runs, discord }: Config, log: Log): Model {
  const { apiKey, baseUrl, name, fallbacks, firstTokenTimeoutMs, streamIdleTimeoutMs } = model;
  return createModel({
    providers: [
      { apiKey, baseUrl, model: name },
      ...fallbacks.map((fallback) => ({ ...fallback, model: fallback.name })),
    ],
    firstTokenTimeoutMs,
    streamIdleTimeoutMs,
    maxConcurrentCalls: runs.maxConcurrent,
    // Stays the same between starts, and says nothing of the token.
    userHashKey: createHmac('sha256', discord.token).update('user ids').digest('hex'),
    log,
  });
}
