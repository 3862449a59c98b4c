import { createAttachmentReader } from '../attachments/attachment-reader.ts';
import type { Config } from '../config.ts';
import { createAttachmentRefresher } from '../discord/channels/channel-reader.ts';
import type { OutgoingBudget } from '../discord/outgoing/ports.ts';
import { createGuardedFetch } from '../lib/guarded-fetch.ts';
import { createTranscriber } from '../model/transcriber.ts';
import type { Log } from '../observability/log.ts';
import { withReadingMarks } from '../runs/reading-marks.ts';
import { createRunAttachments, type ReadRunAttachments } from '../runs/run-attachments.ts';
import type { Storage } from '../storage/ports.ts';

/** Files are fetched from the hosts that the operator names, Discord's own where none is. */
export function createAttachments(
  config: Config,
  { budget, storage, log }: { budget: OutgoingBudget; storage: Storage; log: Log },
): ReadRunAttachments {
  const { apiKey, baseUrl } = config.model;
  const reader = createAttachmentReader({
    fetch: createGuardedFetch({ origins: config.discord.attachmentOrigins }),
    transcriber: createTranscriber({
      ...(apiKey !== undefined && { apiKey }),
      ...(baseUrl !== undefined && { baseUrl }),
      log,
    }),
    log,
  });
  const read = createRunAttachments({ reader, refresh: createAttachmentRefresher(budget), log });
  return withReadingMarks(read, { store: storage.namespace('reading'), log });
}
