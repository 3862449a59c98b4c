import { expect, test } from 'vitest';
import { createTranscriber } from '../../src/model/transcriber.ts';

const recording = { bytes: Buffer.from('OggS'), name: 'recording.ogg', contentType: 'audio/ogg' };

function createScene(answer: (request: Request) => Response | Promise<Response>) {
  const requests: Request[] = [];
  const state = { nowMs: 1_000_000 };
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    requests.push(request.clone());
    return answer(request);
  };
  const transcriber = createTranscriber({
    baseUrl: 'http://model.test/v1',
    apiKey: 'key',
    now: () => state.nowMs,
    // The SDK looks here for the class, and makes a request to find it otherwise.
    fetch: Object.assign(fetch, { Response }),
  });
  const transcribe = (signal = new AbortController().signal) => transcriber.transcribe(recording, signal);
  return { transcribe, requests, state };
}

test('sends the recording with its name and type', async () => {
  const { transcribe, requests } = createScene(() => Response.json({ text: 'Hello' }));
  expect(await transcribe()).toEqual({ kind: 'text', text: 'Hello' });
  expect(requests[0]?.url).toBe('http://model.test/v1/audio/transcriptions');
  const body = await requests[0]?.text();
  expect(body).toContain('filename="recording.ogg"');
  expect(body).toContain('audio/ogg');
  expect(body).toContain('whisper-1');
});

test.each([404, 405, 501])('a server that answers %i is not asked again for a while', async (status) => {
  const { transcribe, requests, state } = createScene(() => new Response('{}', { status }));
  expect(await transcribe()).toEqual({ kind: 'unavailable' });
  expect(await transcribe()).toEqual({ kind: 'unavailable' });
  expect(requests).toHaveLength(1);
  state.nowMs += 11 * 60_000;
  await transcribe();
  expect(requests).toHaveLength(2);
});

test('an outage is no lack, and is not remembered', async () => {
  const { transcribe, requests } = createScene(() => new Response('{}', { status: 503 }));
  await expect(transcribe()).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(transcribe()).rejects.toMatchObject({ kind: 'unavailable' });
  expect(requests).toHaveLength(2);
});

test('a stop ends the wait', async () => {
  const { transcribe } = createScene(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new DOMException('aborted', 'AbortError'));
        });
      }),
  );
  const stopped = new AbortController();
  const transcribing = transcribe(stopped.signal);
  stopped.abort(new Error('stopped'));
  await expect(transcribing).rejects.toThrow('stopped');
});

test('FAULTS 17: a bare text is taken, and what holds none is an error', async () => {
  const bare = createScene(() => new Response('Hello', { headers: { 'content-type': 'text/plain' } }));
  expect(await bare.transcribe()).toEqual({ kind: 'text', text: 'Hello' });
  for (const answer of [{}, { text: null }, [], null]) {
    const { transcribe } = createScene(() => Response.json(answer));
    await expect(transcribe()).rejects.toMatchObject({ kind: 'interrupted' });
  }
});
