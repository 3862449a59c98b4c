import type { Faults } from './types.ts';

export type RestFault = Parameters<Faults['rest']>[0];

/** What is broken on purpose right now. The servers read it; tests set it through `Faults`. */
export interface FaultState {
  refuseResumes: boolean;
  refuseConnections: boolean;
  muteHeartbeatAcks: boolean;
  muteHello: boolean;
  freezeSockets: boolean;
  reorderDispatches: boolean;
  duplicates: { readonly times: number; readonly eventName: string | undefined } | null;
  /** The fault for this request; uses up one of its `times`. */
  takeRestFault(method: string, path: string): RestFault | undefined;
}

/** `path` patterns see the path below `/api/v10`, without the query. */
export function createFaults(sockets: Pick<Faults, 'dropSockets' | 'askToReconnect' | 'sendFrame'>): {
  readonly faults: Faults;
  readonly state: FaultState;
} {
  const restFaults: { readonly fault: RestFault; left: number }[] = [];
  let proxied: RestFault | undefined;
  const state: FaultState = {
    refuseResumes: false,
    refuseConnections: false,
    muteHeartbeatAcks: false,
    muteHello: false,
    freezeSockets: false,
    reorderDispatches: false,
    duplicates: null,
    takeRestFault(method, path) {
      if (proxied !== undefined) return proxied;
      const index = restFaults.findIndex(({ fault }) => matches(fault, method, path));
      const found = restFaults[index];
      if (found === undefined) return undefined;
      found.left -= 1;
      if (found.left <= 0) restFaults.splice(index, 1);
      return found.fault;
    },
  };
  const faults: Faults = {
    rest: (fault) => restFaults.push({ fault, left: fault.times ?? Infinity }),
    proxy(answer) {
      proxied = answer && {
        status: answer.status,
        body: answer.html,
        headers: { 'Content-Type': 'text/html; charset=UTF-8' },
      };
    },
    dropSockets: sockets.dropSockets,
    refuseResumes: (on) => (state.refuseResumes = on),
    refuseConnections: (on) => (state.refuseConnections = on),
    muteHeartbeatAcks: (on) => (state.muteHeartbeatAcks = on),
    freezeSockets: (on) => (state.freezeSockets = on),
    askToReconnect: sockets.askToReconnect,
    sendFrame: sockets.sendFrame,
    muteHello: (on) => (state.muteHello = on),
    duplicateDispatches: (times, eventName) => (state.duplicates = { times, eventName }),
    reorderDispatches: (on) => (state.reorderDispatches = on),
    clear() {
      restFaults.length = 0;
      proxied = undefined;
      Object.assign(state, {
        refuseResumes: false,
        refuseConnections: false,
        muteHeartbeatAcks: false,
        muteHello: false,
        freezeSockets: false,
        reorderDispatches: false,
        duplicates: null,
      });
    },
  };
  return { faults, state };
}

function matches(fault: RestFault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  // A pattern with the global flag would remember where it stopped.
  return new RegExp(fault.path.source, fault.path.flags.replaceAll(/[gy]/g, '')).test(path);
}
