import { z } from 'zod';

/** A file that belongs to a question. Its URL is signed and expires: read it when the run starts. */
export const attachmentSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  /** As the sender's client claims; never trusted. */
  contentType: z.string().nullable(),
  /** bytes */
  size: z.number().int().nonnegative(),
  /** Spoken into Discord by the author of its message, instead of a text. */
  isVoice: z.literal(true).optional(),
});

export type Attachment = Readonly<z.infer<typeof attachmentSchema>>;
