import type { FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Whether the client's certificate bears the name in its CN. The chain was verified in the handshake; the name is read once a connection. */
export function clientNamed(name: string): (request: FastifyRequest) => boolean {
  const known = new WeakMap<Socket, boolean>();
  return ({ raw: { socket } }) => {
    let named = known.get(socket);
    if (named === undefined) {
      named = socket instanceof TLSSocket && socket.authorized && socket.getPeerCertificate().subject?.CN === name;
      known.set(socket, named);
    }
    return named;
  };
}
