import type { FastifyReply, FastifyRequest } from 'fastify';
import { readReview } from '../api/admission-review.ts';
import type { AdmissionRequest } from '../api/admission-review.ts';
import type { DecisionLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { broken, reviewWriter } from './answer.ts';
import type { Answer, Judge } from './answer.ts';
import type { Body } from './body.ts';
import { timeoutOf } from './deadline.ts';
import type { Refuse } from './refuse.ts';

export interface AdmissionDeps {
  readonly answer: Judge;
  readonly metrics: Metrics;
  readonly log: DecisionLog;
  readonly refuse: Refuse;
  readonly draining: () => boolean;
  /** Told of every answer, once it is sent. */
  readonly answered?: ((request: AdmissionRequest, answer: Answer) => void) | undefined;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
}

/** Handles `POST /validate`: read, judge, answer, and only then count and log. */
export function admission({ answer, metrics, log, refuse, draining, answered: tell, now }: AdmissionDeps) {
  const timeout = lastOf(timeoutOf);
  const reviewBody = reviewWriter();

  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const body = request.body as Body | undefined;
    if (body === undefined) return refuse(reply, 'Empty');
    if (!body.ok) return refuse(reply, body.code, body.detail);
    const review = readReview(body.value, body.text);
    if (!review.ok) return refuse(reply, review.code, review.code === 'WrongType' ? review.field : '');
    return decide(reply, review.request, body.started);
  };

  function decide(reply: FastifyReply, request: AdmissionRequest, started: number): FastifyReply {
    const finish = finisher(reply, request, { started, from: now() });
    try {
      const answered = answer(request, started + timeout(reply.request.url));
      return answered instanceof Promise ? wait(answered, reply, finish) : finish(answered);
    } catch (error) {
      return finish(null, error);
    }
  }

  /** Meanwhile the request counts as being judged, so that those that wait are bounded too. */
  function wait(answered: Promise<Answer>, reply: FastifyReply, finish: Finish): FastifyReply {
    metrics.load.requests++;
    void answered.then(finish, (error: unknown) => finish(null, error)).finally(() => void metrics.load.requests--);
    return reply;
  }

  function finisher(reply: FastifyReply, request: AdmissionRequest, { started, from }: { started: number; from: number }): Finish {
    return (answered, error) => {
      if (answered === null) {
        metrics.failed();
        log.failed(request.uid, error);
      }
      const text = reviewBody(request.uid, answered?.response ?? broken);
      const until = now();
      if (draining()) reply.header('connection', 'close');
      reply.header('content-type', 'application/json; charset=utf-8').send(text);
      if (answered !== null) record(request, answered, { evaluation: until - from, request: until - started });
      return reply;
    };
  }

  function record(request: AdmissionRequest, answered: Answer, ms: { evaluation: number; request: number }): void {
    const { decision } = answered;
    if (!request.dryRun) metrics.decided(request.operation, decision, ms);
    log.decided(request, decision, ms.request);
    tell?.(request, answered);
  }
}

/** Sends the answer, or the refusal where judging threw, and only then counts and logs. */
type Finish = (answered: Answer | null, error?: unknown) => FastifyReply;

/** The API server sends one URL all day: remembers the last. */
function lastOf(compute: (key: string) => number): (key: string) => number {
  let key = '';
  let value = compute(key);
  return (wanted) => {
    if (wanted !== key) [key, value] = [wanted, compute(wanted)];
    return value;
  };
}
