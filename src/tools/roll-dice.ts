import { z } from 'zod';
import { defineTool } from './tool.ts';

const MAX_DICE = 100;
const MAX_SIDES = 1_000;

export const rollDice = defineTool({
  name: 'roll_dice',
  description: 'Rolls dice by chance, written as 3d6+2 or 2d20+1d4-1.',
  parameters: z.object({ dice: z.string().min(1).max(60).describe('For instance 3d6+2') }),
  repeatable: true,
  isOwnResult: true,
  execute({ dice }, { services }) {
    const terms = parseDice(dice);
    const shown: string[] = [];
    let sum = 0;
    for (const term of terms) {
      for (let count = 0; count < term.count; count += 1) {
        const value = term.sides === 1 ? 1 : 1 + Math.floor(services.random() * term.sides);
        shown.push(term.sign < 0 ? `- ${value}` : `+ ${value}`);
        sum += term.sign * value;
      }
      if (term.constant > 0) {
        shown.push(term.sign < 0 ? `- ${term.constant}` : `+ ${term.constant}`);
        sum += term.sign * term.constant;
      }
    }
    return `${dice}: ${shown.join(' ').replace(/^\+ /, '')} = ${sum}`;
  },
});

interface Term {
  readonly sign: 1 | -1;
  /** Of dice; 0 for a constant. */
  readonly count: number;
  readonly sides: number;
  readonly constant: number;
}

function parseDice(notation: string): Term[] {
  const plain = notation.toLowerCase().replace(/\s+/g, '');
  if (!/^[+-]?(?:\d*d)?\d+(?:[+-](?:\d*d)?\d+)*$/.test(plain)) {
    throw new Error('Dice are written as 3d6+2: number, d, sides, and what to add.');
  }
  const terms = (plain.match(/[+-]?[^+-]+/g) ?? []).map(parseTerm);
  const dice = terms.reduce((sum, term) => sum + term.count, 0);
  if (dice < 1) throw new Error('There is no die to roll.');
  if (dice > MAX_DICE) throw new Error(`At most ${MAX_DICE} dice can be rolled at once.`);
  return terms;
}

function parseTerm(text: string): Term {
  const sign = text.startsWith('-') ? -1 : 1;
  const [first = '', second] = text.replace(/^[+-]/, '').split('d');
  if (second === undefined) {
    const constant = Number(first);
    if (constant > 1_000_000) throw new Error('At most 1000000 can be added.');
    return { sign, count: 0, sides: 0, constant };
  }
  const sides = Number(second);
  if (sides < 1 || sides > MAX_SIDES) throw new Error(`A die has 1 to ${MAX_SIDES} sides.`);
  return { sign, count: first === '' ? 1 : Number(first), sides, constant: 0 };
}
