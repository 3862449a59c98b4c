import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { registerProcessMetrics } from './process-metrics.ts';

export interface Metrics {
  /** `refused`: never admitted. `totalMs`: from the question to the last part of the answer. */
  readonly recordRun: (outcome: 'answered' | 'cancelled' | 'failed' | 'refused', totalMs?: number) => void;
  /** From the question to the first visible text. */
  readonly recordFirstText: (latencyMs: number) => void;
  readonly recordTool: (name: string, outcome: 'ok' | 'error', durationMs: number) => void;
  readonly recordTokens: (usage: { readonly inputTokens: number; readonly outputTokens: number }) => void;
  /** `route`: the template, such as `/channels/:id/messages`. `status`: `error` where no answer came. */
  readonly recordRestRequest: (method: string, route: string, status: number | 'error') => void;
  /** Asked at each scrape. The last source given counts. */
  readonly observeRuns: (source: () => { readonly pending: number; readonly active: number }) => void;
  /** Age of the last heartbeat that the gateway acknowledged, in ms; undefined while not connected. */
  readonly observeHeartbeat: (source: () => number | undefined) => void;
  readonly contentType: string;
  /** In Prometheus' text format. */
  readonly toText: () => Promise<string>;
  /** Ends the measurement of the event loop's delay. */
  readonly stop: () => void;
}

const answerBuckets = [0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 13, 20, 30, 60, 120, 300];
const toolBuckets = [0.005, 0.02, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 60];

/** More names than the product has tools or routes; further ones are counted as `other`. */
const maxToolNames = 100;
const maxRoutes = 100;

/** All metrics of one app, in a registry of its own, so that several apps may live in one process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const instruments = createInstruments(registry);
  const toolLabel = createBoundedLabel(maxToolNames);
  const routeLabel = createBoundedLabel(maxRoutes);
  const processMetrics = registerProcessMetrics(registry);
  let runsSource = (): { readonly pending: number; readonly active: number } => ({ pending: 0, active: 0 });
  let heartbeatSource = (): number | undefined => undefined;

  registerGauge(registry, 'switchboard_runs_pending', 'Runs that wait for their turn', () => {
    return runsSource().pending;
  });
  registerGauge(registry, 'switchboard_runs_active', 'Runs at work', () => runsSource().active);
  registerGauge(
    registry,
    'switchboard_gateway_heartbeat_age_seconds',
    'Time since the gateway acknowledged a heartbeat; NaN while not connected',
    () => (heartbeatSource() ?? Number.NaN) / 1000,
  );

  return {
    recordRun(outcome, totalMs) {
      instruments.runs.inc({ outcome });
      if (totalMs !== undefined) instruments.runDuration.observe({ outcome }, totalMs / 1000);
    },
    recordFirstText: (latencyMs) => {
      instruments.firstText.observe(latencyMs / 1000);
    },
    recordTool(name, outcome, durationMs) {
      instruments.toolDuration.observe({ tool: toolLabel(name), outcome }, durationMs / 1000);
    },
    recordTokens({ inputTokens, outputTokens }) {
      instruments.tokens.inc({ direction: 'in' }, inputTokens);
      instruments.tokens.inc({ direction: 'out' }, outputTokens);
    },
    recordRestRequest(method, route, status) {
      instruments.restRequests.inc({ method, route: routeLabel(toTemplate(route)), status });
    },
    observeRuns(source) {
      runsSource = source;
    },
    observeHeartbeat(source) {
      heartbeatSource = source;
    },
    contentType: registry.contentType,
    toText: () => registry.metrics(),
    stop: () => {
      processMetrics.stop();
    },
  };
}

function createInstruments(registry: Registry) {
  const registers = [registry];
  return {
    runs: new Counter({
      name: 'switchboard_runs_total',
      help: 'Runs by their outcome',
      labelNames: ['outcome'],
      registers,
    }),
    firstText: new Histogram({
      name: 'switchboard_first_text_seconds',
      help: 'From the question to the first visible text',
      buckets: answerBuckets,
      registers,
    }),
    runDuration: new Histogram({
      name: 'switchboard_run_duration_seconds',
      help: 'From the question to the end of the answer',
      labelNames: ['outcome'],
      buckets: answerBuckets,
      registers,
    }),
    toolDuration: new Histogram({
      name: 'switchboard_tool_duration_seconds',
      help: 'Tool calls by tool and outcome',
      labelNames: ['tool', 'outcome'],
      buckets: toolBuckets,
      registers,
    }),
    tokens: new Counter({
      name: 'switchboard_model_tokens_total',
      help: 'Tokens that the model server counted',
      labelNames: ['direction'],
      registers,
    }),
    restRequests: new Counter({
      name: 'switchboard_discord_requests_total',
      help: "Requests to Discord's REST API",
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
  };
}

function registerGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** Ids would make a series of each; a caller that has a template already loses nothing. */
function toTemplate(route: string): string {
  return route.replace(/\d{5,20}/g, ':id');
}

/** Keeps the first `max` different values of a metric's label and calls all further ones `other`. */
function createBoundedLabel(max: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= max) return 'other';
    known.add(value);
    return value;
  };
}
