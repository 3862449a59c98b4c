import { createAttachmentReader } from '../attachments/attachment-reader.ts';
import type { Config } from '../config.ts';
import { ATTACHMENT_HOSTS, createAttachmentRefresher } from '../discord/channels/attachment-refresher.ts';
import type { OutgoingBudget } from '../discord/outgoing/ports.ts';
import { createGuardedFetch } from '../lib/guarded-fetch.ts';
import { createTranscriber } from '../model/transcriber.ts';
import type { Log } from '../observability/log.ts';
import { createRunAttachments, type ReadRunAttachments } from '../runs/run-attachments.ts';

/** Files come from Discord's own hosts, and from the API that the operator names: a local Discord keeps its own. */
export function createAttachments(config: Config, budget: OutgoingBudget, log: Log): ReadRunAttachments {
  const { apiKey, baseUrl } = config.model;
  const reader = createAttachmentReader({
    fetch: createGuardedFetch({
      hosts: ATTACHMENT_HOSTS,
      origins: [new URL(config.discord.apiUrl).origin],
    }),
    transcriber: createTranscriber({
      ...(apiKey !== undefined && { apiKey }),
      ...(baseUrl !== undefined && { baseUrl }),
      log,
    }),
    log,
  });
  return createRunAttachments({ reader, refresh: createAttachmentRefresher(budget), log });
}
