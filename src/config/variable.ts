import { z } from 'zod';

/** What a process is told by its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Why a value was not taken, and how to mend it. Neither repeats a secret. */
export class InvalidValue {
  /** Continues a sentence that begins with the variable's name. */
  readonly problem: string;
  readonly remedy: string;

  constructor(problem: string, remedy: string) {
    this.problem = problem;
    this.remedy = remedy;
  }
}

/**
 * One environment variable: `parse` gets its trimmed text. Missing and empty are the same and give `fallback`, which is an
 * InvalidValue where the variable must be set.
 */
export function variable<T>(fallback: T | InvalidValue, parse: (text: string) => T | InvalidValue) {
  return z
    .string()
    .optional()
    .transform((raw, context): T => {
      const text = raw?.trim() ?? '';
      const result = text === '' ? fallback : parse(text);
      if (!(result instanceof InvalidValue)) return result;
      context.addIssue({ code: 'custom', message: result.problem, params: { remedy: result.remedy } });
      return z.NEVER;
    });
}

export function integer(fallback: number, min: number, max: number) {
  return variable(fallback, (text) => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    return new InvalidValue(
      `is "${text}"`,
      `Set a whole number from ${min} to ${max}, or leave it out for ${fallback}.`,
    );
  });
}

const dayMs = 24 * 60 * 60 * 1000;

export function durationMs(fallback: number, min = 1) {
  return integer(fallback, min, dayMs);
}

export function boolean(fallback: boolean) {
  return variable(fallback, (text) => {
    if (/^(true|1|yes|on)$/i.test(text)) return true;
    if (/^(false|0|no|off)$/i.test(text)) return false;
    return new InvalidValue(`is "${text}"`, 'Set true or false.');
  });
}

/** An address of a web API, without a trailing slash. May hold a password, so it is not repeated. */
export function parseApiUrl(text: string, example: string): string | InvalidValue {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    return new InvalidValue('is not an http or https address', `Set an address such as ${example}.`);
  }
  if (url.search !== '' || url.hash !== '') {
    return new InvalidValue('has a query or fragment', `Set an address such as ${example}.`);
  }
  return text.replace(/\/$/, '');
}

export function apiUrl<Fallback extends string | undefined>(fallback: Fallback, example: string) {
  return variable<string | Fallback>(fallback, (text) => parseApiUrl(text, example));
}

/** Whether a key can be sent as it stands, rather than with the quotes and spaces of a slip. */
export function isPlainKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text) && !/^["'`]/.test(text);
}
