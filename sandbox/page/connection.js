import { notify } from './dom.js';

const RETRY_MS = 1_000;

/**
 * The socket to the sandbox. Comes back by itself when the sandbox was started again, and gets a new snapshot then.
 * @param {(message: any) => void} onMessage
 */
export function createConnection(onMessage) {
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let nextId = 1;
  /** @type {WebSocket | undefined} */
  let socket;

  const connect = () => {
    socket = new WebSocket(`ws://${location.host}/socket`);
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      if (message.type !== 'result') return onMessage(message);
      const request = waiting.get(message.requestId);
      waiting.delete(message.requestId);
      if (message.ok) request?.resolve(message.value);
      else request?.reject(new Error(message.error));
    });
    socket.addEventListener('open', () => document.body.classList.remove('offline'));
    socket.addEventListener('close', () => {
      document.body.classList.add('offline');
      for (const { reject } of waiting.values()) reject(new Error('The sandbox is not running.'));
      waiting.clear();
      setTimeout(connect, RETRY_MS);
    });
  };
  connect();

  /**
   * Asks for an action; rejects with the sentence in which it was refused.
   * @param {Record<string, unknown>} action
   * @returns {Promise<any>}
   */
  const request = (action) =>
    new Promise((resolve, reject) => {
      if (socket?.readyState !== WebSocket.OPEN) return reject(new Error('The sandbox is not running.'));
      const requestId = nextId++;
      waiting.set(requestId, { resolve, reject });
      socket.send(JSON.stringify({ requestId, action }));
    });

  return {
    request,
    /**
     * As `request`, and tells the person of a refusal. Resolves with undefined then.
     * @param {Record<string, unknown>} action
     */
    act: (action) =>
      request(action).catch((error) => {
        notify(error.message);
        return undefined;
      }),
  };
}
