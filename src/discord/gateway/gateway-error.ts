import { GatewayCloseCodes } from 'discord.js';
import { SwitchboardError } from '../../errors.ts';

/** The connection to Discord cannot be made or kept, and trying again would not help. One line that says how to mend it. */
export class GatewayError extends SwitchboardError {}

const portal = 'https://discord.com/developers/applications → your application → Bot';

const refusals = new Map<number, 'token' | 'intents' | 'version'>([
  [GatewayCloseCodes.AuthenticationFailed, 'token'],
  [GatewayCloseCodes.DisallowedIntents, 'intents'],
  [GatewayCloseCodes.InvalidShard, 'version'],
  [GatewayCloseCodes.ShardingRequired, 'version'],
  [GatewayCloseCodes.InvalidAPIVersion, 'version'],
  [GatewayCloseCodes.InvalidIntents, 'version'],
]);

/** Why Discord closed the gateway for good; undefined where discord.js reconnects by itself. */
export function toCloseError(code: number, messageContent: boolean): GatewayError | undefined {
  const context = { closeCode: code };
  switch (refusals.get(code)) {
    case 'token':
      return tokenRefused(context);
    case 'intents':
      return new GatewayError('discord-intents-refused', intentsRefused(messageContent), { context });
    case 'version':
      return new GatewayError(
        'discord-gateway-refused',
        `Discord refuses this version of Switchboard (gateway close code ${code}). Update Switchboard.`,
        { context },
      );
    case undefined:
      return undefined;
  }
}

function intentsRefused(messageContent: boolean): string {
  return messageContent
    ? `Discord refused the message-content intent (close code 4014). Switch on "Message Content Intent" at ${portal}, or set MESSAGE_CONTENT_INTENT=false.`
    : `Discord refused the intents (close code 4014). Check the privileged intents at ${portal}.`;
}

function tokenRefused(context: Record<string, unknown>): GatewayError {
  return new GatewayError(
    'discord-token-refused',
    `Discord refused the token. Reset it at ${portal} and put the new one into DISCORD_TOKEN.`,
    { context },
  );
}

/** The watchdog could not bring a shard back. */
export function toDeadError(shardId: number): GatewayError {
  return new GatewayError(
    'discord-gateway-dead',
    'The connection to Discord is dead, and connecting anew did not help: ending, so that a supervisor starts Switchboard again.',
    { context: { shardId } },
  );
}

/** What went wrong while connecting, for the operator. */
export function toStartError(error: unknown, apiUrl: string): unknown {
  if (error instanceof GatewayError) return error;
  const { code, status, message } = error as { code?: unknown; status?: unknown; message?: unknown };
  if (code === 'TokenInvalid' || status === 401) return tokenRefused({ status: 401 });
  return new GatewayError(
    'discord-unreachable',
    `Discord could not be reached at ${apiUrl} (${String(message)}). Check the network, and DISCORD_API_URL if it is set.`,
    { cause: error },
  );
}
