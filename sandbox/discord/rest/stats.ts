import type { RestStats } from '../types.ts';

export interface StatsRecorder {
  readonly stats: RestStats;
  arrived(isInteraction: boolean): void;
  answered(method: string, route: string, status: number): void;
}

const peakWindowMs = 1_000;

export function createStats(countInvalid: () => number): StatsRecorder {
  let requests = 0;
  let byStatus: Record<number, number> = {};
  let byRoute: Record<string, number> = {};
  let peakPerSecond = 0;
  /** Times of arrival within the last second; `head` is the first of them. */
  let arrivals: number[] = [];
  let head = 0;

  const stats: RestStats = {
    get requests() {
      return requests;
    },
    get byStatus() {
      return byStatus;
    },
    get byRoute() {
      return byRoute;
    },
    get peakPerSecond() {
      return peakPerSecond;
    },
    get invalidRequests() {
      return countInvalid();
    },
    reset() {
      requests = 0;
      byStatus = {};
      byRoute = {};
      peakPerSecond = 0;
      arrivals = [];
      head = 0;
    },
  };
  return {
    stats,
    arrived(isInteraction) {
      requests += 1;
      if (isInteraction) return;
      const now = performance.now();
      arrivals.push(now);
      while ((arrivals[head] ?? now) <= now - peakWindowMs) head += 1;
      peakPerSecond = Math.max(peakPerSecond, arrivals.length - head);
      if (head < 10_000) return;
      arrivals = arrivals.slice(head);
      head = 0;
    },
    answered(method, route, status) {
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      const key = `${method} ${route}`;
      byRoute[key] = (byRoute[key] ?? 0) + 1;
    },
  };
}
