import { createFallbackModel, type FallbackOptions } from './fallback-model.ts';
import type { Model } from './ports.ts';

/** Repeats the calls of a model that has no other to take its place. */
export function createRetryingModel(model: Model, options: FallbackOptions = {}): Model {
  return createFallbackModel([{ name: 'the model', model }], options);
}
