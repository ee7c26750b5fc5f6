import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * Closes the connections on which nothing was asked yet. Go opens some in reserve; Node counts them as busy, and a server that closes
 * would wait for their first request until it is cut off.
 */
export function unusedConnections(server: Server): () => void {
  const unused = new Set<Duplex>();
  server.on('secureConnection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage) => unused.delete(socket));
  return () => {
    for (const socket of unused) socket.destroy();
  };
}
