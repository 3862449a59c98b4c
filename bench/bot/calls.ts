import type { ChildProcess } from 'node:child_process';

/** Functions that another process offers. Arguments and results are what a message between processes can carry. */
export type Calls = Readonly<Record<string, (argument: never) => unknown>>;

interface CallMessage {
  readonly callId: number;
  readonly name: string;
  readonly argument: unknown;
}

interface ResultMessage {
  readonly callId: number;
  readonly result?: unknown;
  readonly error?: string;
}

export type Call<Offered extends Calls> = <Name extends keyof Offered & string>(
  name: Name,
  ...args: Parameters<Offered[Name]>
) => Promise<Awaited<ReturnType<Offered[Name]>>>;

/** In the child: answers the calls of the parent. The channel does not keep the process alive; it ends with the parent. */
export function offerCalls(calls: Calls): void {
  const answer = async ({ callId, name, argument }: CallMessage): Promise<ResultMessage> => {
    try {
      return { callId, result: await calls[name]?.(argument as never) };
    } catch (error) {
      return { callId, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (message: CallMessage) => {
    answer(message).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error);
      },
    );
  });
  process.once('disconnect', () => {
    process.exit();
  });
  process.channel?.unref();
}

/** In the parent: a call rejects where the function threw or the child ended. */
export function createCall<Offered extends Calls>(child: ChildProcess): Call<Offered> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  child.on('message', ({ callId, result, error }: ResultMessage) => {
    const call = waiting.get(callId);
    waiting.delete(callId);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  });
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) {
      reject(new Error(`A process of the benchmark ended (${String(code ?? signal)})`));
    }
    waiting.clear();
  });
  return async (name, ...[argument]) => {
    const call = Promise.withResolvers<unknown>();
    calls += 1;
    waiting.set(calls, call);
    child.send({ callId: calls, name, argument } satisfies CallMessage);
    return (await call.promise) as never;
  };
}
