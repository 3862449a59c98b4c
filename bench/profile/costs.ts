import type { Call } from './call-tree.ts';

export interface Cost {
  readonly name: string;
  us: number;
}

/** Which code belongs to which cost; the first that fits. */
const COSTS: readonly (readonly [name: string, places: RegExp])[] = [
  ['Sockets and HTTP', /^npm:undici$|^src\/model\/(http-post|connection-pool|read-pacer)/],
  ['Reading the streams', /^src\/model\/(sse|streamed|delta|read-reply|visible|tool-call|stream-deadline)/],
  ['Making the requests', /^src\/model\/|^npm:openai$/],
  ['Store and memory', /^src\/(storage|memory)\/|^src\/runs\/(run-store|answers)|^npm:(keyv|hookified)$/],
  ['Agent, tools, deadlines', /^src\/(agent|tools|lib)\/|^npm:(p-limit|zod)$/],
  ['Runs, lanes, prompt', /^src\/(runs|intake)\/|^npm:lru-cache$/],
  ['Log and metrics', /^src\/observability\/|^npm:(pino|prom-client|quick-format-unescaped)/],
];
const OTHERS = 'Node itself and the benchmark';

/** Time by what it was spent on: a function of Node's counts for whoever called it. Largest first. */
export function toCosts(root: Call): Cost[] {
  const costs = new Map<string, Cost>();
  const add = (call: Call, inherited: string): void => {
    const name = toCostName(call) ?? inherited;
    const cost = costs.get(name) ?? { name, us: 0 };
    costs.set(name, cost);
    cost.us += call.self;
    for (const below of call.calls.values()) add(below, name);
  };
  add(root, OTHERS);
  return [...costs.values()].sort((a, b) => b.us - a.us);
}

function toCostName({ name, place }: Call): string | undefined {
  if (name === '(garbage collector)') return 'Garbage collection';
  return COSTS.find(([, places]) => places.test(place))?.[0];
}
