import { ofKind } from './fault.ts';

export const gatewayFaults = ofKind('gateway', [
  {
    name: 'sockets dropped',
    weight: 5,
    lastsMs: [0, 0],
    begin: ({ discord }) => {
      discord.dropSockets();
    },
  },
  {
    name: 'sockets half-open',
    weight: 4,
    lastsMs: [500, 4_000],
    begin: ({ discord }) => {
      discord.freezeSockets(true);
    },
    end: ({ discord }) => {
      // They do not come to life again.
      discord.dropSockets();
      discord.freezeSockets(false);
    },
  },
  {
    name: 'resumes refused',
    weight: 5,
    lastsMs: [500, 2_000],
    begin: ({ discord }) => {
      discord.refuseResumes(true);
      discord.dropSockets();
    },
    end: ({ discord }) => {
      discord.refuseResumes(false);
    },
  },
  {
    name: 'gateway away',
    weight: 3,
    lastsMs: [300, 2_500],
    begin: ({ discord }) => {
      discord.refuseConnections(true);
      discord.dropSockets();
    },
    end: ({ discord }) => {
      discord.refuseConnections(false);
    },
  },
  {
    name: 'heartbeats unanswered',
    weight: 2,
    lastsMs: [1_000, 6_000],
    begin: ({ discord }) => {
      discord.muteHeartbeatAcks(true);
    },
    end: ({ discord }) => {
      discord.muteHeartbeatAcks(false);
    },
  },
  {
    name: 'never greeted',
    weight: 2,
    lastsMs: [500, 3_000],
    begin: ({ discord }) => {
      discord.muteHello(true);
      discord.dropSockets();
    },
    end: ({ discord }) => {
      discord.muteHello(false);
    },
  },
  {
    name: 'asked to reconnect',
    weight: 2,
    lastsMs: [0, 0],
    begin: ({ discord }) => {
      discord.askToReconnect();
    },
  },
  {
    name: 'dispatches three times',
    weight: 4,
    lastsMs: [500, 4_000],
    begin: ({ discord }) => {
      discord.duplicateDispatches(3);
    },
    end: ({ discord }) => {
      discord.duplicateDispatches(1);
    },
  },
  {
    name: 'dispatches reordered',
    weight: 3,
    lastsMs: [500, 3_000],
    begin: ({ discord }) => {
      discord.reorderDispatches(true);
    },
    end: ({ discord }) => {
      discord.reorderDispatches(false);
    },
  },
]);
