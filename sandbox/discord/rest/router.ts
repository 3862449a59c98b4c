import type { Core } from '../core.ts';
import type { UploadedFile } from '../files/file-store.ts';
import type { BucketLimit } from './rate-limits.ts';

export interface RestRequest {
  readonly core: Core;
  /** Parameters of the path, by name. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body (`payload_json` of a form); undefined where there is none. */
  readonly body: unknown;
  readonly files: readonly UploadedFile[];
}

/** No body answers 204. */
export interface RestAnswer {
  readonly status?: number;
  readonly body?: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v10`, parameters as `:name`. */
  readonly path: string;
  readonly bucket?: BucketLimit;
  /** Interaction endpoints carry their token in the path, and the global limit does not count them. */
  readonly isInteraction?: boolean;
  handle(request: RestRequest): RestAnswer;
}

export interface RouteMatch {
  readonly route: Route;
  /** As statistics name it: `/channels/:id/messages`. */
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  /** Of channel, guild or webhook: buckets are apart for each. */
  readonly major: string;
}

interface Candidate {
  readonly route: Route;
  readonly segments: readonly string[];
  readonly name: string;
}

const majorParameters: readonly string[] = ['channelId', 'guildId', 'interactionToken'];

/** Finds the route of a path; literal segments win over parameters, and earlier routes over later ones. */
export function createRouter(
  routes: readonly Route[],
): (method: string, path: string) => RouteMatch | undefined {
  const byShape = new Map<string, Candidate[]>();
  for (const route of routes) {
    const segments = route.path.split('/').slice(1);
    const shape = `${route.method} ${segments.length} ${segments[0] ?? ''}`;
    byShape.set(shape, [...(byShape.get(shape) ?? []), { route, segments, name: toRouteName(route.path) }]);
  }
  for (const candidates of byShape.values()) {
    candidates.sort((a, b) => toParameterPattern(a.segments).localeCompare(toParameterPattern(b.segments)));
  }
  return (method, path) => {
    const given = toSegments(path);
    if (given === undefined) return undefined;
    const candidates = byShape.get(`${method} ${given.length} ${given[0] ?? ''}`) ?? [];
    for (const { route, segments, name } of candidates) {
      const params = match(segments, given);
      if (params !== undefined) return { route, name, params, major: toMajor(params) };
    }
    return undefined;
  };
}

function toRouteName(path: string): string {
  return path.replaceAll(/:[a-z]+Id\b/g, ':id').replace(':interactionToken', ':token');
}

/** Decoded; undefined where the encoding is broken. */
function toSegments(path: string): readonly string[] | undefined {
  const segments = path.split('/').slice(1);
  if (!path.includes('%')) return segments;
  try {
    return segments.map((segment) => decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}

/** Sorts literals before parameters, from the left. */
function toParameterPattern(segments: readonly string[]): string {
  return segments.map((segment) => (segment.startsWith(':') ? '1' : '0')).join('');
}

function match(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? '';
    if (!segment.startsWith(':')) {
      if (segment !== value) return undefined;
    } else if (value === '') {
      return undefined;
    } else {
      params[segment.slice(1)] = value;
    }
  }
  return params;
}

function toMajor(params: Readonly<Record<string, string>>): string {
  for (const name of majorParameters) {
    const value = params[name];
    if (value !== undefined) return value;
  }
  return '';
}

/** A parameter that the path is known to have. */
export function param(request: RestRequest, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new Error(`This route has no parameter ${name}`);
  return value;
}
