import { Session, type Profiler } from 'node:inspector/promises';

/** Samples what this thread does while `work` is under way. */
export async function recordProfile(work: () => Promise<void>): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile;
}

const SAMPLING_INTERVAL_US = 250;
