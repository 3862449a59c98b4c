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
  execute({ timeZone }, { services }) {
    const now = new Date(services.now());
    const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone });
    return `${local.format(now)} (${timeZone})\n${now.toISOString()} (UTC)`;
  },
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    // Offsets such as +02:00 are taken as well, but say nothing about summer time.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
