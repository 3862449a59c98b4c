import { ComponentType, InteractionType } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { InteractionRecord, NewInteraction } from '../interactions/interaction-store.ts';
import { toSeenInteraction } from '../interactions/seen-interaction.ts';
import { startInteraction } from '../interactions/start.ts';
import type { People } from '../types.ts';
import { findControl, toSelectData } from './controls.ts';
import { toModalData } from './modal-values.ts';

/** Buttons, menus and forms, as the client of a person sends them. */
export function createControlActs(core: Core): Pick<People, 'press' | 'select' | 'submitModal'> {
  return {
    async press(userId, messageId, customId) {
      const control = findControl(core, userId, messageId, customId);
      if (control.component.type !== ComponentType.Button) throw new Error(`${customId} is not a button`);
      const data = { component_type: ComponentType.Button, custom_id: customId, id: control.component.id };
      return toSeenInteraction(await startInteraction(core, control.interaction, data));
    },
    async select(userId, messageId, customId, values) {
      const control = findControl(core, userId, messageId, customId);
      const data = toSelectData(core, control, values);
      return toSeenInteraction(await startInteraction(core, control.interaction, data));
    },
    async submitModal(userId, interactionId, values) {
      const record = core.interactions.byId(interactionId);
      if (record?.modal === undefined || record.modal === null || record.userId !== userId) {
        throw new Error('No form is open for this person');
      }
      const data = toModalData(record.modal, values);
      const submitted = await startInteraction(core, toModalInteraction(record), data);
      return toSeenInteraction(submitted);
    },
  };
}

function toModalInteraction(record: InteractionRecord): Omit<NewInteraction, 'id'> {
  const { userId, channelId, guildId, source, isUserInstalled, installOwners } = record;
  return {
    type: InteractionType.ModalSubmit,
    command: null,
    userId,
    channelId,
    guildId,
    source,
    isUserInstalled,
    installOwners,
  };
}
