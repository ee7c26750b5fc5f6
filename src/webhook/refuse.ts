import type { FastifyReply } from 'fastify';
import type { Duplex } from 'node:stream';
import type { Metrics } from '../telemetry/metrics.ts';
import { refusals, statusBody } from './refusal.ts';
import type { RefusalCode } from './refusal.ts';

/** Answers a refused input with a well-formed Status, and counts it. */
export type Refuse = (reply: FastifyReply, code: RefusalCode, detail?: string) => FastifyReply;

/** Counts a connection that ends before its request could be answered: once, though several events tell of it. Returns whether it was counted now. */
export type CountConnection = (socket: Duplex, code: RefusalCode) => boolean;

/** The two ways to refuse, over one memory of connections already counted. */
export function refusing({ metrics, draining }: { metrics: Pick<Metrics, 'refused'>; draining: () => boolean }) {
  const counted = new WeakSet<Duplex>();

  const countConnection: CountConnection = (socket, code) => {
    if (counted.has(socket)) return false;
    counted.add(socket);
    metrics.refused(code);
    return true;
  };

  const refuse: Refuse = (reply, code, detail = '') => {
    if (code === 'HungUp') countConnection(reply.request.raw.socket, code);
    else metrics.refused(code);
    if (draining()) reply.header('connection', 'close');
    if (code === 'Busy') reply.header('retry-after', '1');
    if (code === 'WrongMethod') reply.header('allow', 'POST');
    return reply
      .code(refusals[code].status || 400)
      .header('content-type', 'application/json; charset=utf-8')
      .send(statusBody(code, detail));
  };

  return { refuse, countConnection };
}
