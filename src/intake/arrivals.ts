import { KeyedOrder } from '../lib/keyed-order.ts';
import type { IncomingMessage } from './incoming.ts';
import { toSettingsScope, type Settings } from './settings/settings.ts';
import type { SettingsStore } from './settings/settings-store.ts';

export interface ArrivalsOptions {
  readonly settings: Pick<SettingsStore, 'known' | 'read'>;
  readonly onError: (error: unknown) => void;
}

/** Keeps what happens to messages in its order where something has to be awaited first. */
export interface Arrivals {
  /** Calls `take` with the settings of the place: at once where they are known, else after those before it. */
  withSettings(message: IncomingMessage, take: (settings: Settings) => void): void;
  /** Work on one message, which what comes later for it (`after`) waits for. Other messages do not. */
  holdUp(messageId: string, work: () => Promise<void>): void;
  /** An edit or a deletion: in its turn after the message itself. */
  after(channelId: string, messageId: string, act: () => void): void;
}

export function createArrivals({ settings, onError }: ArrivalsOptions): Arrivals {
  const order = new KeyedOrder();
  /** What takes no time, with nothing of its key under way, is done at once. `act` bounds its own time. */
  const inTurn = (key: string, act: () => Promise<void> | undefined): void => {
    if (order.has(key)) {
      order.run(key, async () => act()).catch(onError);
      return;
    }
    try {
      const underWay = act();
      if (underWay) order.run(key, () => underWay).catch(onError);
    } catch (error) {
      onError(error);
    }
  };
  // A thread has the id of the message that it hangs under, so the keys say which is meant.
  const channelKey = (id: string): string => `channel ${id}`;
  const messageKey = (id: string): string => `message ${id}`;

  return {
    withSettings({ place, author }, take) {
      const scope = toSettingsScope(place, author.id);
      inTurn(channelKey(place.channelId), () => {
        const known = settings.known(scope);
        if (!known) return settings.read(scope).then(take);
        take(known);
        return undefined;
      });
    },
    holdUp(messageId, work) {
      inTurn(messageKey(messageId), work);
    },
    after(channelId, messageId, act) {
      inTurn(channelKey(channelId), () => {
        inTurn(messageKey(messageId), () => {
          act();
          return undefined;
        });
        return undefined;
      });
    },
  };
}
