import type { ScriptedRequest } from '../model/types.ts';
import { questionOf } from './question.ts';

/** Counts, at the model's side, for how many people it works at once, and how much for one of them. */
export function createConcurrencyGauge() {
  const activeByPerson = new Map<number, number>();
  let active = 0;
  let peakActive = 0;
  let peakActivePerUser = 0;
  return {
    get peakActive() {
      return peakActive;
    },
    get peakActivePerUser() {
      return peakActivePerUser;
    },
    /** For `onCompletion` of the model server; counts only the questions of a crowd. */
    begin(request: ScriptedRequest): (() => void) | undefined {
      const person = questionOf(request)?.person;
      if (person === undefined) return undefined;
      const ofPerson = (activeByPerson.get(person) ?? 0) + 1;
      activeByPerson.set(person, ofPerson);
      active += 1;
      peakActive = Math.max(peakActive, active);
      peakActivePerUser = Math.max(peakActivePerUser, ofPerson);
      return () => {
        active -= 1;
        const left = (activeByPerson.get(person) ?? 1) - 1;
        if (left === 0) activeByPerson.delete(person);
        else activeByPerson.set(person, left);
      };
    },
  };
}
