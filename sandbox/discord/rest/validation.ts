import type { z } from 'zod';
import { ApiError, type ErrorTree } from './api-error.ts';

/** Parses a request body, or the part of it at `path`; a failure is 50035 with Discord's tree of errors. */
export function parseBody<S extends z.ZodType>(
  schema: S,
  body: unknown,
  path: readonly string[] = [],
): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw toFormError(result.error.issues, path);
}

interface MutableTree {
  [field: string]: MutableTree | { code: string; message: string }[];
}

function toFormError(issues: readonly z.core.$ZodIssue[], above: readonly string[]): ApiError {
  const tree: MutableTree = {};
  for (const issue of issues) {
    let node = tree;
    for (const key of [...above, ...issue.path]) {
      const next = node[String(key)];
      if (next === undefined || Array.isArray(next)) node = node[String(key)] = {};
      else node = next;
    }
    const errors = node['_errors'];
    const entry = toEntry(issue);
    if (Array.isArray(errors)) errors.push(entry);
    else node['_errors'] = [entry];
  }
  return new ApiError(400, 50035, 'Invalid Form Body', tree satisfies ErrorTree);
}

function toEntry(issue: z.core.$ZodIssue): { code: string; message: string } {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string'
        ? entry('BASE_TYPE_MAX_LENGTH', `Must be ${Number(issue.maximum)} or fewer in length.`)
        : issue.origin === 'array'
          ? entry('BASE_TYPE_MAX_LENGTH', `Must be ${Number(issue.maximum)} or fewer in length.`)
          : entry('NUMBER_TYPE_MAX', `int value should be less than or equal to ${Number(issue.maximum)}.`);
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? entry('BASE_TYPE_BAD_LENGTH', `Must be ${Number(issue.minimum)} or more in length.`)
        : entry('NUMBER_TYPE_MIN', `int value should be greater than or equal to ${Number(issue.minimum)}.`);
    case 'invalid_type':
      return issue.input === undefined
        ? entry('BASE_TYPE_REQUIRED', 'This field is required')
        : entry('BASE_TYPE_INVALID', `Could not interpret the value as ${issue.expected}.`);
    case 'invalid_value':
      return entry('BASE_TYPE_CHOICES', `Value must be one of {${issue.values.join(', ')}}.`);
    case 'invalid_format':
      return entry('STRING_TYPE_REGEX', `String value did not match validation regex.`);
    case 'custom':
      return entry(String(issue.params?.['discord'] ?? 'BASE_TYPE_INVALID'), issue.message);
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      return entry('BASE_TYPE_INVALID', issue.message);
  }
}

function entry(code: string, message: string): { code: string; message: string } {
  return { code, message };
}

/** Fails a refinement with a code of Discord's. */
export function refuse(
  context: z.core.$RefinementCtx,
  path: readonly (string | number)[],
  code: string,
  message: string,
): void {
  context.addIssue({ code: 'custom', path: [...path], message, params: { discord: code } });
}
