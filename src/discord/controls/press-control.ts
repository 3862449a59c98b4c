import {
  InteractionContextType,
  MessageFlags,
  Routes,
  SnowflakeUtil,
  type APIMessageComponentInteraction,
} from 'discord.js';
import { StoreUnavailableError } from '../../errors.ts';
import type { Log } from '../../observability/log.ts';
import type { Action, Authorize } from '../../policy/authorize.ts';
import type { Runs } from '../../runs/ports.ts';
import type { Run, RunOrigin } from '../../runs/run.ts';
import {
  deferResponse,
  deferUpdate,
  editResponse,
  followUpEphemerally,
  toRef,
  type RequestSender,
} from '../commands/interaction-response.ts';
import type { Directory } from '../gateway/directory.ts';
import { removeMessage } from '../reply/destination.ts';
import { parseControlId, type ControlAction } from './answer-buttons.ts';

export interface ControlOptions {
  readonly context: { readonly runs: Pick<Runs, 'find' | 'stop' | 'retry' | 'forget'> };
  readonly rest: RequestSender;
  readonly directory: Pick<Directory, 'guild'>;
  readonly log: Log;
  readonly authorize: Authorize;
}

const isGone = 'This answer is too old or gone, or it is being made anew already.';

export function isControl(interaction: APIMessageComponentInteraction): boolean {
  return parseControlId(interaction.data.custom_id) !== undefined;
}

/**
 * Acknowledges, authorises and acts: the author of a question and moderators control its answer, others get a word
 * that only they see. An answer that only a token shows is made anew below the first one, whose token ends.
 */
export async function pressControl(
  interaction: APIMessageComponentInteraction,
  options: ControlOptions,
): Promise<void> {
  const control = parseControlId(interaction.data.custom_id);
  if (!control) return;
  const { rest, directory } = options;
  const ref = toRef(interaction);
  const origin = toTokenOrigin(interaction, directory);
  const isNewAnswer = control.action === 'retry' && origin !== undefined;
  if (isNewAnswer) await deferResponse(rest, ref, origin.isPrivate);
  else await deferUpdate(rest, ref);
  const refusal = await act(control, interaction, origin, options);
  if (refusal === undefined) return;
  if (isNewAnswer) await editResponse(rest, ref, refusal);
  else await followUpEphemerally(rest, ref, refusal);
}

/** Resolves with a sentence for the person where nothing was done. */
async function act(
  { action, runId }: { action: ControlAction; runId: string },
  interaction: APIMessageComponentInteraction,
  origin: TokenOrigin | undefined,
  { context: { runs }, rest, log, authorize }: ControlOptions,
): Promise<string | undefined> {
  try {
    const run = await runs.find(runId);
    // What a person may do was computed by Discord for the channel of the button.
    if (run?.channelId !== interaction.channel.id) return isGone;
    const actor = toActor(interaction);
    const verdict = authorize(toAction(run, actor.userId), actor);
    if (!verdict.allowed) return verdict.reason;
    const by = run.requester.id === actor.userId ? 'requester' : 'moderator';
    switch (action) {
      case 'stop':
        return runs.stop({ runId }, by) > 0 ? undefined : 'This answer is complete already.';
      case 'delete':
        if (!(await runs.forget(runId))) return isGone;
        // The token of the answer has ended; that of the button reaches the message on which it stands.
        if (origin && isTokenOld(run, interaction.id))
          await removeMessage({ budget: rest, log }, toPressedMessage(interaction));
        return undefined;
      case 'retry': {
        const createdAt = SnowflakeUtil.timestampFrom(interaction.id);
        const again = await runs.retry(runId, { createdAt, ...(origin && { origin }) });
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

type TokenOrigin = Extract<RunOrigin, { kind: 'interaction' }>;

/** Where an answer goes that nothing but a token can show; undefined where the bot reaches the channel itself. */
function toTokenOrigin(
  { id, token, message, context, guild_id: guildId }: APIMessageComponentInteraction,
  directory: ControlOptions['directory'],
): TokenOrigin | undefined {
  const isPrivate = ((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
  const isForeignGuild = guildId !== undefined && directory.guild(guildId) === undefined;
  const isForeign = isForeignGuild || context === InteractionContextType.PrivateChannel;
  if (!isPrivate && !isForeign) return undefined;
  return { kind: 'interaction', interactionId: id, token, isPrivate, ...(isForeign && { isForeign }) };
}

/** Some time before Discord refuses it, 15 minutes after the interaction. */
function isTokenOld({ origin }: Run, interactionId: string): boolean {
  if (origin.kind !== 'interaction') return true;
  const now = SnowflakeUtil.timestampFrom(interactionId);
  return now - SnowflakeUtil.timestampFrom(origin.interactionId) > 14 * 60_000;
}

function toPressedMessage({ application_id, token }: APIMessageComponentInteraction): string {
  return Routes.webhookMessage(application_id, token, '@original');
}
