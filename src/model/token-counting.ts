import type { Model } from './ports.ts';

/** What of a model counts tokens, for a model that wraps it. */
export function toTokenCounting(model: Model): Omit<Model, 'complete'> {
  const countTokens = (text: string): number => model.countTokens(text);
  const countExactly = model.countExactly?.bind(model);
  return countExactly === undefined ? { countTokens } : { countTokens, countExactly };
}
