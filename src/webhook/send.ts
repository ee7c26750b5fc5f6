import type { FastifyReply } from 'fastify';

export interface Sending {
  /** Ask the client to come back over another connection. */
  readonly close: boolean;
}

/**
 * Answers 200 with a JSON text. Past Fastify's own send, which measures the text twice and has it encoded as UTF-8, though nearly every answer is
 * plain ASCII: a tenth of what a request costs.
 */
export function sendJson(reply: FastifyReply, text: string, { close }: Sending): void {
  const length = Buffer.byteLength(text);
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': length };
  const { raw } = reply.hijack();
  raw.writeHead(200, close ? { ...headers, connection: 'close' } : headers);
  raw.end(text, length === text.length ? 'latin1' : 'utf8');
}
