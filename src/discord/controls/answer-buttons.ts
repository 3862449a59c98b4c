import {
  ButtonStyle,
  ComponentType,
  type APIButtonComponentWithCustomId,
  type APIMessageTopLevelComponent,
} from 'discord.js';
import type { Run } from '../../runs/run.ts';

export const controlActions = ['stop', 'retry', 'delete'] as const;
export type ControlAction = (typeof controlActions)[number];

const labels = { stop: 'Stop', retry: 'Retry', delete: 'Delete' } as const satisfies Record<
  ControlAction,
  string
>;

/** The buttons under an answer: they name their run, so that they work in any later process. */
export function toAnswerButtons(run: Run, state: 'active' | 'ended'): APIMessageTopLevelComponent[] {
  const actions = state === 'active' ? (['stop'] as const) : (['retry', 'delete'] as const);
  const components = actions.map((action) => toButton(action, run.id));
  return [{ type: ComponentType.ActionRow, components }];
}

/** Undefined for a component that is none of these. */
export function parseControlId(customId: string): { action: ControlAction; runId: string } | undefined {
  const [name, runId, ...rest] = customId.split(':');
  const action = controlActions.find((known) => known === name);
  const isRunId = runId !== undefined && /^\d{1,20}$/.test(runId);
  return action && isRunId && rest.length === 0 ? { action, runId } : undefined;
}

function toButton(action: ControlAction, runId: string): APIButtonComponentWithCustomId {
  return {
    type: ComponentType.Button,
    style: ButtonStyle.Secondary,
    label: labels[action],
    custom_id: `${action}:${runId}`,
  };
}
