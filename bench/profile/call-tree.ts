import type { Profiler } from 'node:inspector/promises';

/** A function with the functions that it called. Times in µs. */
export interface Call {
  readonly name: string;
  /** Where its code is: a file of ours, `npm:NAME`, or `node`. */
  readonly place: string;
  self: number;
  total: number;
  readonly calls: Map<string, Call>;
}

/** What a profiler's own work and waiting are called. */
const NOT_WORK: ReadonlySet<string> = new Set(['(idle)', 'post']);

/** All stacks of a profile as one tree, without idle time. */
export function toCallTree({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Call {
  const selfTimes = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    selfTimes.set(id, (selfTimes.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const add = (node: Profiler.ProfileNode, into: Call): number => {
    const { functionName, url } = node.callFrame;
    if (NOT_WORK.has(functionName)) return 0;
    const place = toPlace(url);
    const key = `${place} ${functionName}`;
    const call = into.calls.get(key) ?? {
      name: functionName || '(anonymous)',
      place,
      self: 0,
      total: 0,
      calls: new Map(),
    };
    into.calls.set(key, call);
    const self = selfTimes.get(node.id) ?? 0;
    const below = (node.children ?? []).map((id) => byId.get(id)).filter((child) => child !== undefined);
    const total = below.reduce((sum, child) => sum + add(child, call), self);
    call.self += self;
    call.total += total;
    return total;
  };
  const root: Call = { name: 'the event loop', place: 'node', self: 0, total: 0, calls: new Map() };
  const top = nodes.find(({ callFrame }) => callFrame.functionName === '(root)');
  for (const id of top?.children ?? []) {
    const child = byId.get(id);
    if (child !== undefined) root.total += add(child, root);
  }
  return root;
}

function toPlace(url: string): string {
  const ours = /\/((?:src|bench)\/.*)$/.exec(url)?.[1];
  if (ours !== undefined && !url.includes('/node_modules/')) return ours;
  const library = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return library === undefined ? 'node' : `npm:${library}`;
}
