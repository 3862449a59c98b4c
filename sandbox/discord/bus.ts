import type { SimulatorEvent } from './types.ts';

/** One event for the gateway. Which sessions get it follows from guild, channel and intents. */
export interface Dispatch {
  /** As on the wire, for instance MESSAGE_CREATE. */
  readonly name: string;
  /** Null for direct messages and for what concerns no guild. */
  readonly guildId: string | null;
  /** The bot must be able to view it. */
  readonly channelId?: string;
  /** Any of these bits suffices; 0 goes to every session. */
  readonly intents: number;
  /** `withContent` is false for a session that lacks the message-content intent. */
  data(withContent: boolean): unknown;
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

export interface Bus {
  /** A function is called only where somebody observes. */
  emit(event: WithoutTime<SimulatorEvent> | (() => WithoutTime<SimulatorEvent>)): void;
  dispatch(dispatch: Dispatch): void;
  /** Returns the function that ends it. */
  observe(observer: (event: SimulatorEvent) => void): () => void;
  onDispatch(listener: (dispatch: Dispatch) => void): void;
}

export function createBus(): Bus {
  const observers = new Set<(event: SimulatorEvent) => void>();
  const listeners = new Set<(dispatch: Dispatch) => void>();
  return {
    emit(event) {
      if (observers.size === 0) return;
      const dated: SimulatorEvent = { ...(typeof event === 'function' ? event() : event), at: Date.now() };
      for (const observer of observers) callOutside(observer, dated);
    },
    dispatch(dispatch) {
      for (const listener of listeners) listener(dispatch);
    },
    observe(observer) {
      observers.add(observer);
      return () => observers.delete(observer);
    },
    onDispatch(listener) {
      listeners.add(listener);
    },
  };
}

/** An observer that throws must fail its test, not the request that is under way. */
function callOutside(observer: (event: SimulatorEvent) => void, event: SimulatorEvent): void {
  try {
    observer(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Resolves with the first event for which `predicate` holds; rejects after `timeoutMs`. */
export function waitForEvent<T extends SimulatorEvent>(
  bus: Bus,
  predicate: (event: SimulatorEvent) => event is T,
  timeoutMs: number,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const end = bus.observe((event) => {
    if (!predicate(event)) return;
    settle();
    resolve(event);
  });
  const timer = setTimeout(() => {
    settle();
    reject(new Error(`No such event within ${timeoutMs} ms`));
  }, timeoutMs);
  function settle(): void {
    clearTimeout(timer);
    end();
  }
  return promise;
}
