import { afterEach, expect, test } from 'vitest';
import { createMetrics } from '../../src/observability/metrics.ts';
import type { Metrics } from '../../src/observability/metrics.ts';

const opened: Metrics[] = [];

function openMetrics(): Metrics {
  const metrics = createMetrics();
  opened.push(metrics);
  return metrics;
}

afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.stop();
});

test('what is recorded can be scraped', async () => {
  const metrics = openMetrics();
  metrics.recordRun('answered', 2_000);
  metrics.recordRun('refused');
  metrics.recordFirstText(400);
  metrics.recordTool('calculate', 'error', 800);
  metrics.recordTokens({ inputTokens: 120, outputTokens: 30 });
  metrics.recordRestRequest('POST', '/channels/:id/messages', 200);
  metrics.recordRestRequest('POST', '/channels/:id/messages', 'error');
  const text = await metrics.toText();
  expect(text).toContain('switchboard_runs_total{outcome="answered"} 1');
  expect(text).toContain('switchboard_runs_total{outcome="refused"} 1');
  expect(text).toContain('switchboard_run_duration_seconds_sum{outcome="answered"} 2');
  expect(text).not.toContain('switchboard_run_duration_seconds_count{outcome="refused"}');
  expect(text).toContain('switchboard_first_text_seconds_bucket{le="0.5"} 1');
  expect(text).toContain('switchboard_tool_duration_seconds_sum{tool="calculate",outcome="error"} 0.8');
  expect(text).toContain('switchboard_model_tokens_total{direction="in"} 120');
  expect(text).toContain('switchboard_model_tokens_total{direction="out"} 30');
  expect(text).toContain(
    'switchboard_discord_requests_total{method="POST",route="/channels/:id/messages",status="200"} 1',
  );
  expect(text).toContain(
    'switchboard_discord_requests_total{method="POST",route="/channels/:id/messages",status="error"} 1',
  );
});

test('pending and active runs and the heartbeat are asked for at each scrape', async () => {
  const metrics = openMetrics();
  expect(await metrics.toText()).toContain('switchboard_gateway_heartbeat_age_seconds Nan');
  let pending = 3;
  metrics.observeRuns(() => ({ pending, active: 2 }));
  metrics.observeHeartbeat(() => 1_500);
  const first = await metrics.toText();
  expect(first).toContain('switchboard_runs_pending 3');
  expect(first).toContain('switchboard_runs_active 2');
  expect(first).toContain('switchboard_gateway_heartbeat_age_seconds 1.5');
  pending = 0;
  expect(await metrics.toText()).toContain('switchboard_runs_pending 0');
});

test('FAULTS 30: hostile names cannot make series without bound', async () => {
  const metrics = openMetrics();
  for (let index = 0; index < 5_000; index += 1) {
    metrics.recordTool(`tool-${index}`, 'ok', 1);
    metrics.recordRestRequest('GET', `/made/up/${index}/x`, 404);
    metrics.recordRestRequest('GET', `/channels/${String(10n ** 17n + BigInt(index))}/messages`, 200);
  }
  const text = await metrics.toText();
  expect(text.match(/^switchboard_tool_duration_seconds_count/gm)?.length).toBe(101);
  expect(text.match(/^switchboard_discord_requests_total/gm)?.length).toBeLessThanOrEqual(101);
  expect(text).toContain(
    'switchboard_discord_requests_total{method="GET",route="/channels/:id/messages",status="200"} 5000',
  );
});

test('two apps in one process do not share metrics', async () => {
  const [first, second] = [openMetrics(), openMetrics()];
  first.recordRun('failed', 10);
  expect(await second.toText()).not.toContain('outcome="failed"');
});

test('the delay of the event loop is measured, without the resolution of the clock', async () => {
  const metrics = openMetrics();
  await new Promise((resolve) => setTimeout(resolve, 60));
  const until = performance.now() + 150;
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const text = await metrics.toText();
  const read = (quantile: string): number =>
    Number(
      new RegExp(`^switchboard_event_loop_delay_seconds\\{quantile="${quantile}"\\} (.*)$`, 'm').exec(
        text,
      )?.[1],
    );
  expect(read('1')).toBeGreaterThan(0.1);
  expect(read('0.5')).toBeLessThan(0.1);
});
