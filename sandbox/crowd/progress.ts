import { Presets, SingleBar } from 'cli-progress';
import type { LedgerCounts } from './ledger.ts';

const LINES = 10;

export interface Progress {
  readonly update: (counts: LedgerCounts) => void;
  readonly stop: () => void;
}

/** A bar where a person watches, and about ten lines where a log does. */
export function createProgress(total: number, output: NodeJS.WriteStream): Progress {
  return output.isTTY ? createBar(total, output) : createLines(total, output);
}

function createBar(total: number, output: NodeJS.WriteStream): Progress {
  const bar = new SingleBar(
    {
      format: '  {bar} {value}/{total} answered · {begun} begun · {duration} s',
      stream: output,
      hideCursor: true,
      etaBuffer: 1,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { begun: 0 });
  return {
    update: ({ begun, completed }) => {
      bar.update(completed, { begun });
    },
    stop: () => {
      bar.stop();
    },
  };
}

function createLines(total: number, output: NodeJS.WriteStream): Progress {
  let printed = 0;
  return {
    update: ({ begun, completed }) => {
      const step = Math.floor((completed / total) * LINES);
      if (step === printed) return;
      printed = step;
      output.write(`  ${completed}/${total} answered, ${begun} begun\n`);
    },
    stop: () => undefined,
  };
}
