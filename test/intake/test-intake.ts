import { createEchoBreaker } from '../../src/intake/echo-breaker.ts';
import { Intake, type IntakeOptions } from '../../src/intake/intake.ts';
import { defaultSettings } from '../../src/intake/settings/settings.ts';
import { authorize } from '../../src/policy/authorize.ts';
import { createFakeThreads } from './fake-threads.ts';
import { bot } from './incoming.ts';

/** Where nothing else is given, the defaults hold everywhere and the bot may speak everywhere. */
export function createTestIntake(
  options: Partial<IntakeOptions> & Pick<IntakeOptions, 'runs' | 'log'>,
): Intake {
  return new Intake({
    botUserId: () => bot,
    messageContent: false,
    authorize,
    echoBreaker: createEchoBreaker(),
    settings: { known: () => defaultSettings, read: () => Promise.resolve(defaultSettings) },
    threads: createFakeThreads(),
    gaps: { hold: () => () => undefined },
    doors: { isClosed: () => false, awaitOpening: () => () => undefined },
    mayOpenThread: () => true,
    onAdmission: () => undefined,
    now: Date.now,
    ...options,
  });
}
