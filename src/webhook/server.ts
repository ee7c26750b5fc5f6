import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Server } from 'node:https';
import type { DecisionLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { admission } from './admission.ts';
import type { AdmissionDeps } from './admission.ts';
import type { Judge } from './answer.ts';
import { readBody } from './body.ts';
import type { BodyLimits } from './body.ts';
import { clientErrors } from './client-errors.ts';
import { clientNamed } from './client-name.ts';
import type { RefusalCode } from './refusal.ts';
import { refusing } from './refuse.ts';
import type { Refuse } from './refuse.ts';
import { tlsOptions } from './tls.ts';
import type { ClientCheck, TlsMaterial } from './tls.ts';
import { unusedConnections } from './unused-connections.ts';

export interface Limits extends BodyLimits {
  /** Milliseconds for a request to arrive, and for a TLS handshake. */
  readonly requestMs: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 8 * 1024 * 1024,
  inFlight: 400,
  inFlightBytes: 64 * 1024 * 1024,
  // Both of the API server's own decoder and beyond what etcd can store.
  depth: 10_000,
  values: 500_000,
  requestMs: 10_000,
};

export interface ServerDeps {
  readonly answer: Judge;
  readonly tls: TlsMaterial & ClientCheck;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: DecisionLog;
  /** Told of every answer, once it is sent. */
  readonly answered?: AdmissionDeps['answered'];
  /** Milliseconds of a clock that never goes back; only differences count. */
  readonly now: () => number;
}

export interface WebhookServer {
  readonly app: FastifyInstance<Server>;
  /** From now on every answer closes its connection, so that callers move to another replica. */
  readonly startDraining: () => void;
  /** Closes connections that stand in reserve: nothing was ever asked on them. */
  readonly closeUnused: () => void;
}

/** The admission server, not yet listening: every connection that reaches it ends in a well-formed answer or is closed, and is counted. */
export function buildServer({ answer, answered, tls, limits, metrics, log, now }: ServerDeps): WebhookServer {
  let drains = false;
  const draining = (): boolean => drains;
  const { refuse, countConnection } = refusing({ metrics, draining });
  const app = fastify({
    ...timeouts(limits.requestMs),
    https: {
      ...tlsOptions(tls, limits.requestMs),
      ...timeouts(limits.requestMs),
      headersTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.requestMs / 10,
    },
    logger: false,
    // The API server would take a 503 for a failed webhook, and refuse the request of its user.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { querystringParser: () => ({}) },
    clientErrorHandler: clientErrors(countConnection),
    frameworkErrors: (_error, _request, reply) => void refuse(reply, 'NotFound'),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', readBody({ limits, load: metrics.load, now }));
  if (tls.clientName !== undefined) app.addHook('onRequest', checkClient(tls.clientName, refuse));
  app.setErrorHandler((error: FastifyError, request, reply) => refuse(reply, codeOf(error, request)));
  app.setNotFoundHandler((request, reply) => refuse(reply, isValidate(request) ? 'WrongMethod' : 'NotFound'));
  app.post('/validate', admission({ answer, answered, metrics, log, refuse, draining, now }));
  return { app, startDraining: () => void (drains = true), closeUnused: unusedConnections(app.server) };
}

// Go keeps an idle connection for 90 s; a server that closes first loses the request that was just sent.
const timeouts = (requestMs: number) => ({ keepAliveTimeout: 120_000, requestTimeout: requestMs });

function checkClient(name: string, refuse: Refuse) {
  const named = clientNamed(name);
  return (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
    if (named(request)) next();
    else refuse(reply, 'WrongClient');
  };
}

const isValidate = (request: FastifyRequest): boolean => request.url === '/validate' || request.url.startsWith('/validate?');

/** The body parser never fails, so the only error Fastify still raises is about the content type. */
function codeOf(error: FastifyError, request: FastifyRequest): RefusalCode {
  if (request.is404) return isValidate(request) ? 'WrongMethod' : 'NotFound';
  return error.statusCode === 415 ? 'WrongMediaType' : 'BadHttp';
}
