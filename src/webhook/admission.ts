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
import { sendJson } from './send.ts';

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

  // Returns nothing: to Fastify a reply is a promise, and it would wait for each.
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const body = request.body as Body | undefined;
    if (body === undefined) return void refuse(reply, 'Empty');
    if (!body.ok) return void refuse(reply, body.code, body.detail);
    const review = readReview(body.value, body.text);
    if (!review.ok) return void refuse(reply, review.code, review.code === 'WrongType' ? review.field : '');
    decide(reply, review.request, body.started);
  };

  function decide(reply: FastifyReply, request: AdmissionRequest, started: number): void {
    const finish = finisher(reply, request, { started, from: now() });
    try {
      const answered = answer(request, started + timeout(reply.request.url));
      if (answered instanceof Promise) wait(answered, finish);
      else finish(answered);
    } catch (error) {
      finish(null, error);
    }
  }

  /** Meanwhile the request counts as being judged, so that those that wait are bounded too. */
  function wait(answered: Promise<Answer>, finish: Finish): void {
    metrics.load.requests++;
    void answered.then(finish, (error: unknown) => finish(null, error)).finally(() => void metrics.load.requests--);
  }

  function finisher(reply: FastifyReply, request: AdmissionRequest, { started, from }: { started: number; from: number }): Finish {
    return (answered, error) => {
      if (answered === null) {
        metrics.failed();
        log.failed(request.uid, error);
      }
      const text = reviewBody(request.uid, answered?.response ?? broken);
      const until = now();
      sendJson(reply, text, { close: draining() });
      if (answered !== null) record(request, answered, { evaluation: until - from, request: until - started });
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
type Finish = (answered: Answer | null, error?: unknown) => void;

/** The API server sends one URL all day: remembers the last. */
function lastOf(compute: (key: string) => number): (key: string) => number {
  let key = '';
  let value = compute(key);
  return (wanted) => {
    if (wanted !== key) [key, value] = [wanted, compute(wanted)];
    return value;
  };
}
