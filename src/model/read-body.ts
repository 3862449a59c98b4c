/**
 * Hands over a response's body chunk by chunk, synchronously as each is read, and resolves at its end. Rejects
 * when the connection breaks, when `signal` aborts (with its reason) or with what `onChunk` threw; in these cases
 * the connection is closed. The one place that knows how bytes come out of a response.
 */
export async function readBody(
  response: Response,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (response.body === null) return;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const cancel = (): void => {
    // A stream that is broken already has nothing left to cancel.
    reader.cancel(signal.reason).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      onChunk(value);
    }
  } catch (error) {
    cancel();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
