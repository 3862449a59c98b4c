import { z } from 'zod';
import { defineTool } from './tool.ts';

export const currentTime = defineTool({
  name: 'current_time',
  description: 'The current date and time, in UTC and in a time zone.',
  parameters: z.object({
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'Not an IANA time zone; write it as Europe/Berlin or America/New_York.')
      .default('UTC')
      .describe('An IANA time zone such as Europe/Berlin.'),
  }),
  repeatable: true,
  isOwnResult: true,
  execute({ timeZone }, { services }) {
    const now = new Date(services.now());
    return `${formatOf(timeZone).format(now)} (${timeZone})\n${now.toISOString()} (UTC)`;
  },
});

/** Making one takes half a millisecond, and there are only so many time zones. */
const formats = new Map<string, Intl.DateTimeFormat>();
const MAX_FORMATS = 100;

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone });
  if (formats.size >= MAX_FORMATS) formats.clear();
  formats.set(timeZone, format);
  return format;
}

function isTimeZone(name: string): boolean {
  if (formats.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    // Offsets such as +02:00 are taken as well, but say nothing about summer time.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
