import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { refusals, statusBody } from './refusal.ts';
import type { RefusalCode } from './refusal.ts';
import type { CountConnection } from './refuse.ts';

const byErrorCode: Readonly<Record<string, RefusalCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'Stalled',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'NoHandshake',
  HPE_HEADER_OVERFLOW: 'HeadersTooLarge',
  HPE_INVALID_EOF_STATE: 'HungUp',
  ECONNRESET: 'HungUp',
  EPIPE: 'HungUp',
  ERR_SSL_HTTP_REQUEST: 'PlainHttp',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'TlsVersion',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'ClientCertificate',
};

const lingerMs = 1000;

/** Ends a connection on which no request could be read: with a Status where HTTP is spoken, else by closing. Node sends TLS errors here too. */
export function clientErrors(count: CountConnection) {
  return (error: Error & { code?: string }, socket: Duplex): void => {
    const code = codeOf(error, socket);
    const first = count(socket, code);
    if (!socket.writable || refusals[code].status === 0) socket.destroy();
    else if (first) answerAndLeave(socket, code);
  };
}

/** Closing with input unread would reset the connection and take the answer with it, so what still comes is read and dropped for a while. */
function answerAndLeave(socket: Duplex, code: RefusalCode): void {
  socket.removeAllListeners('data');
  socket.end(rawResponse(code));
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(cut));
}

function codeOf({ code = '' }: { code?: string }, socket: Duplex): RefusalCode {
  // A certificate that does not verify ends as a reset, as far as Node tells.
  if (socket instanceof TLSSocket && socket.authorizationError != null) return 'ClientCertificate';
  if (Object.hasOwn(byErrorCode, code)) return byErrorCode[code] ?? 'BadHttp';
  return code.startsWith('HPE_') ? 'BadHttp' : 'TlsHandshake';
}

function rawResponse(code: RefusalCode): string {
  const body = statusBody(code);
  const { status } = refusals[code];
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
