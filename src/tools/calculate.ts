import type { Parser } from 'expr-eval-fork';
import { z } from 'zod';
import { defineTool } from './tool.ts';

const MAX_EXPRESSION_LENGTH = 500;

/** Numbers, names, operators and brackets: no strings, arrays, statements or member access. */
const CHARACTERS = /^[\d\s\w.,+\-*/%^()!<>=?:]*$/;

/** A `.` that is not part of a number. */
const MEMBER_ACCESS = /\.\s*[a-z_]|[a-z_)]\s*\./i;

const FUNCTIONS = ['min', 'max', 'hypot', 'pow', 'atan2', 'fac', 'gamma', 'roundTo'] as const;

export const calculate = defineTool({
  name: 'calculate',
  description:
    'Evaluates an arithmetic expression. Knows + - * / % ^ !, comparisons, a ? b : c, ' +
    'sqrt, cbrt, abs, round, floor, ceil, roundTo(x, digits), min, max, hypot, exp, ln (= log), log10, log2, ' +
    'sin, cos, tan and their inverses (radians), PI and E.',
  parameters: z.object({
    expression: z.string().min(1).max(MAX_EXPRESSION_LENGTH).describe('For instance (3 + 4) * 2 ^ 10'),
  }),
  repeatable: true,
  isOwnResult: true,
  async execute({ expression }) {
    const plain = expression
      .replaceAll('×', '*')
      .replaceAll('÷', '/')
      .replaceAll('−', '-')
      .replaceAll('**', '^');
    return `${expression} ${formatValue(await evaluate(plain))}`;
  },
});

async function evaluate(expression: string): Promise<unknown> {
  if (!CHARACTERS.test(expression)) {
    throw new Error('Only numbers, operators, brackets and the known functions may be used.');
  }
  if (MEMBER_ACCESS.test(expression)) throw new Error('A point may only stand in a number.');
  const parser = await createParser();
  try {
    return parser.evaluate(expression);
  } catch (error) {
    throw new Error(
      `The expression cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * A parser of its own for each expression, so that none leaves anything behind. Loaded with the first one, since most
 * bots rarely calculate.
 */
async function createParser(): Promise<Parser> {
  const { Parser } = await import('expr-eval-fork');
  const parser = new Parser({
    allowMemberAccess: false,
    operators: {
      assignment: false,
      fndef: false,
      concatenate: false,
      in: false,
      length: false,
      random: false,
    },
  });
  const known = parser.functions as Record<string, unknown>;
  parser.functions = withoutPrototype(Object.fromEntries(FUNCTIONS.map((name) => [name, known[name]])));
  parser.consts = withoutPrototype({
    PI: Math.PI,
    pi: Math.PI,
    E: Math.E,
    e: Math.E,
    true: true,
    false: false,
  });
  parser.unaryOps = withoutPrototype(parser.unaryOps as object);
  return parser;
}

/** The parser looks names up with `in`, which would find `toString` and its like. */
function withoutPrototype(names: object): object {
  return Object.assign(Object.create(null) as object, names);
}

function formatValue(value: unknown): string {
  if (typeof value === 'boolean') return `= ${value}`;
  if (typeof value !== 'number') throw new Error('The expression has no number as its value.');
  if (Number.isNaN(value))
    throw new Error('The result is not a number (undefined, such as 0 / 0 or sqrt(-1)).');
  if (!Number.isFinite(value)) throw new Error('The result is infinite or too large.');
  if (Number.isSafeInteger(value)) return `= ${value}`;
  // Fifteen digits are what a double holds for sure: 0.1 + 0.2 is 0.3 for a person.
  const rounded = Number(value.toPrecision(15));
  return Math.abs(value) > Number.MAX_SAFE_INTEGER ? `≈ ${rounded.toExponential()}` : `= ${rounded}`;
}
