import { MessageFlags, SnowflakeUtil, type APIMessageComponentInteraction } from 'discord.js';
import { StoreUnavailableError } from '../../errors.ts';
import type { Log } from '../../observability/log.ts';
import { authorize as defaultAuthorize, type Action, type Authorize } from '../../policy/authorize.ts';
import type { Runs } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import {
  deferResponse,
  deferUpdate,
  editResponse,
  followUpEphemerally,
  toRef,
  type RequestSender,
} from '../commands/interaction-response.ts';
import { parseControlId, type ControlAction } from './answer-buttons.ts';

export interface ControlOptions {
  readonly context: { readonly runs: Pick<Runs, 'find' | 'stop' | 'retry' | 'forget'> };
  readonly rest: RequestSender;
  readonly log: Log;
  readonly authorize?: Authorize;
}

const isGone = 'This answer is too old, or gone: I cannot do that any more.';

export function isControl(interaction: APIMessageComponentInteraction): boolean {
  return parseControlId(interaction.data.custom_id) !== undefined;
}

/**
 * Acknowledges, authorises and acts: the author of a question and moderators control its answer, others get a word
 * that only they see. A private answer is made anew below the first one, whose message belongs to a token that ends.
 */
export async function pressControl(
  interaction: APIMessageComponentInteraction,
  options: ControlOptions,
): Promise<void> {
  const control = parseControlId(interaction.data.custom_id);
  if (!control) return;
  const { rest } = options;
  const ref = toRef(interaction);
  const flags = interaction.message.flags ?? 0;
  const isNewAnswer = control.action === 'retry' && (flags & MessageFlags.Ephemeral) !== 0;
  if (isNewAnswer) await deferResponse(rest, ref, true);
  else await deferUpdate(rest, ref);
  const refusal = await act(control, interaction, isNewAnswer, options);
  if (refusal === undefined) return;
  if (isNewAnswer) await editResponse(rest, ref, refusal);
  else await followUpEphemerally(rest, ref, refusal);
}

/** Resolves with a sentence for the person where nothing was done. */
async function act(
  { action, runId }: { action: ControlAction; runId: string },
  interaction: APIMessageComponentInteraction,
  isNewAnswer: boolean,
  { context: { runs }, log, authorize = defaultAuthorize }: ControlOptions,
): Promise<string | undefined> {
  try {
    const run = await runs.find(runId);
    if (!run) return isGone;
    const actor = toActor(interaction);
    const verdict = authorize(toAction(run, actor.userId), actor);
    if (!verdict.allowed) return verdict.reason;
    const by = run.requester.id === actor.userId ? 'requester' : 'moderator';
    switch (action) {
      case 'stop':
        return runs.stop({ runId }, by) > 0 ? undefined : 'This answer is complete already.';
      case 'delete':
        return (await runs.forget(runId)) ? undefined : isGone;
      case 'retry': {
        const again = await runs.retry(runId, {
          id: interaction.id,
          createdAt: SnowflakeUtil.timestampFrom(interaction.id),
          ...(isNewAnswer && { origin: toOrigin(interaction) }),
        });
        return again ? undefined : isGone;
      }
    }
  } catch (error) {
    log.error({ err: error, runId, action }, 'a control failed');
    return error instanceof StoreUnavailableError
      ? 'My memory cannot be reached just now. Please try again in a minute.'
      : 'Something went wrong on my side. It has been logged; please try again.';
  }
}

function toAction({ requester }: Run, userId: string): Action {
  return requester.id === userId ? 'control-own' : 'control-others';
}

function toActor({ member, user: userInDm, guild_id }: APIMessageComponentInteraction) {
  return {
    userId: (member?.user ?? userInDm)?.id ?? '',
    isBot: (member?.user ?? userInDm)?.bot ?? false,
    guildId: guild_id ?? null,
    permissions: member ? BigInt(member.permissions) : null,
    isThreadOwner: false,
  };
}

function toOrigin({ id, token }: APIMessageComponentInteraction) {
  return { kind: 'interaction', interactionId: id, token, isPrivate: true } as const;
}
