import { benchmarkAgents } from './agents.ts';

const benchmarks: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  agents: benchmarkAgents,
};

const usage = `Usage: npm run bench -- NAME [options]

  agents [--runs 1,100,1000,5000,10000] [--repeat 1]
      What it costs to host so many simultaneous runs of the agent, with sleeping model and tools.
`;

const [name = '', ...args] = process.argv.slice(2);
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  console.error(usage);
  process.exitCode = 2;
} else {
  await benchmark(args);
}
