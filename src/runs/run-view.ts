import type { Reply } from './ports.ts';

/** The part of a reply that shows a run at work. */
export type RunView = Pick<Reply, 'started' | 'onEvent'>;

export interface RunViewOptions {
  readonly reply: RunView;
  /** Resolves when the run is durable, with false where it is somebody else's. */
  readonly claim: Promise<boolean>;
  /** Of this beginning of the run. */
  readonly signal: AbortSignal;
}

/** Shows nothing before the claim, and then all of it. */
export function afterClaim({ claim, signal, reply }: RunViewOptions): RunView {
  let held: (() => void)[] | undefined = [];
  const show = (act: () => void): void => {
    if (held) held.push(act);
    else act();
  };
  const open = (isOurs: boolean): void => {
    const acts = held ?? [];
    held = undefined;
    // What was stopped or began again meanwhile was not seen.
    if (isOurs && !signal.aborted) for (const act of acts) act();
  };
  claim.then(open, () => undefined);
  return {
    started: () => {
      show(() => {
        reply.started();
      });
    },
    onEvent: (event) => {
      show(() => {
        reply.onEvent(event);
      });
    },
  };
}
