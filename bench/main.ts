type Benchmark = (args: readonly string[]) => Promise<void>;

/** Loaded only when asked for, so that none disturbs another. */
const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  agents: async () => (await import('./agents.ts')).benchmarkAgents,
  bot: async () => (await import('./bot.ts')).benchmarkBot,
  burst: async () => (await import('./burst.ts')).benchmarkBurst,
  durability: async () => (await import('./durability.ts')).benchmarkDurability,
  files: async () => (await import('./files.ts')).benchmarkFiles,
  'first-text': async () => (await import('./first-text.ts')).benchmarkFirstText,
  growth: async () => (await import('./growth.ts')).benchmarkGrowth,
  peers: async () => (await import('./peers.ts')).benchmarkPeers,
  profile: async () => (await import('./profile.ts')).benchmarkProfile,
  ratio: async () => (await import('./ratio.ts')).benchmarkRatio,
  soak: async () => (await import('./soak.ts')).benchmarkSoak,
};

const usage = `Usage: npm run bench -- NAME [options]

  agents [--runs 1,100,1000,5000,10000] [--repeat 1] [--write]
          what it costs to host so many simultaneous runs of the agent, with sleeping model and tools
  bot     the whole bot in a crowd: CPU, memory, event loop, start, beside their goals
  files   whether files that were made to harm delay anybody else
  first-text [--against DIR]
          how long the first words take, beside another checkout in the same run
  burst [--people 1000] [--times 10]
          a thousand people ask at once, ten times, on a busy machine: every question is answered
  growth  cost against the number of runs, of stored conversations, and of turns
  peers   the same task on Switchboard, on code by hand and on other agent runtimes; --help tells more
  profile where the CPU of a run goes, as a table and a flame graph
  ratio   a quick check of our CPU against code by hand
  durability
          what it costs that runs are written down: latency and CPU with the run store on and off
  soak [--minutes 10] [--people 100] [--write]
          the whole bot under steady load: heap, listeners, timers and counts must not grow`;

const [name = '', ...args] = process.argv.slice(2);
const load = benchmarks[name];
if (load === undefined) {
  console.error(usage);
  process.exitCode = 2;
} else {
  const benchmark = await load();
  await benchmark(args);
}
