import type { Facts, Want } from '../engine/facts.ts';
import type { Finding, Verdict } from '../engine/finding.ts';
import { fromReview } from '../engine/from-review.ts';
import type { Subject } from '../engine/subject.ts';
import type { GuardrailSet } from '../policy/guardrail-set.ts';
import type { PolicyContext } from '../policy/judge-policy-object.ts';
import { isPolicyObject } from '../policy/judge-policy-object.ts';
import { Judging, verdictOf } from '../policy/judge.ts';
import type { Judgement } from '../policy/judge.ts';
import { auditAnnotations, causes, refusalMessage, warnings } from '../policy/refusal.ts';
import type { Answer, Decision, Judge } from './answer.ts';
import { judgePolicies } from './judge-policies.ts';
import { Turns } from './turns.ts';

export interface JudgeDeps {
  /** Asked once a request, so that no request is judged by half a set. */
  readonly inForce: () => GuardrailSet;
  /** What is known beside the request, and the time. */
  readonly facts: () => Facts;
  /** Learns what was wanted, before the deadline; the facts it answers may still lack it. Absent: what is not known stays so. */
  readonly learn?: (wants: readonly Want[], facts: Facts, deadline: number) => Promise<Facts>;
  /** What guardrails and exceptions themselves are judged by, when they are written. */
  readonly policies?: () => PolicyContext;
  /** Milliseconds, on the clock of the deadlines. */
  readonly now: () => number;
}

/** A namespace may be wanted first, and its pods once it is known. */
const MAX_ROUNDS = 2;

/** Milliseconds after which other requests have a turn. What most guardrails ask takes a hundredth of it. */
const SLICE_MS = 10;
/** As much where others wait for their turn: many may come at once. */
const FIRST_MS = 2;
/** Milliseconds that judging one request may take of all others: expressions stay inside their budgets, and there may be many. */
const MOST_MS = 500;
/** Milliseconds that are kept for the way back. */
const RESERVE_MS = 200;

/** Judges requests by the set in force at that moment. */
export function judgeRequest({ inForce, facts, learn, policies, now }: JudgeDeps): Judge {
  const plain = plainAllow();
  const turns = new Turns();

  return (request, deadline) => {
    const set = inForce();
    const subject = fromReview(request);
    if (policies && isPolicyObject(subject)) return judgePolicies(subject, policies(), set.digest);
    const known = facts();
    const judging = new Judging(set, subject, known);
    const judged = judging.run(slice(turns.taken ? FIRST_MS : SLICE_MS)) ? judging.judgement() : null;
    return judged === null || (judged.wants.length > 0 && learn) ? finish() : answer(judged);

    async function finish(): Promise<Answer> {
      const until = deadline - RESERVE_MS;
      let last = judged ?? (await goOn(judging, until));
      let learnt = known;
      if (!learn) return answer(last);
      for (let round = 0; round < MAX_ROUNDS && last.wants.length > 0; round++) {
        learnt = await learn(last.wants, learnt, until);
        last = await inTime(new Judging(set, subject, learnt), until);
      }
      return answer(last);
    }

    function answer(verdict: Judgement): Answer {
      return { response: plain(set, verdict) ?? response(set, subject, verdict), decision: decision(set, verdict) };
    }
  };

  async function inTime(judging: Judging, until: number): Promise<Judgement> {
    return judging.run(slice()) ? judging.judgement() : goOn(judging, until);
  }

  /** Judges on in slices, other requests in between, until it is done or there is no time left: before the deadline, or of its own. */
  async function goOn(judging: Judging, until: number): Promise<Judgement> {
    let taken = SLICE_MS;
    for (let done = false; !done;) {
      if (now() >= until || taken >= MOST_MS) judging.giveUp();
      else await turns.next();
      const start = now();
      done = judging.run(slice());
      taken += now() - start;
    }
    return judging.judgement();
  }

  function slice(milliseconds = SLICE_MS): () => boolean {
    const end = now() + milliseconds;
    return () => now() >= end;
  }
}

const skipped: Answer['response'] = { allowed: true };

/** The answer to most requests, one and the same object for a set: it is written as text only once. */
function plainAllow(): (set: GuardrailSet, verdict: Verdict) => Answer['response'] | null {
  let last: GuardrailSet | null = null;
  let allowed = skipped;
  return (set, verdict) => {
    if (verdict.verdict === 'skip') return skipped;
    if (verdict.verdict !== 'allow' || verdict.findings.length > 0 || verdict.annotations) return null;
    if (set !== last) [last, allowed] = [set, { allowed: true, auditAnnotations: auditAnnotations(verdict, set.digest) }];
    return allowed;
  };
}

function response(set: GuardrailSet, subject: Subject, verdict: Verdict): Answer['response'] {
  const annotations = { ...auditAnnotations(verdict, set.digest), ...verdict.annotations };
  const warned = warnings(verdict);
  const common = { auditAnnotations: annotations, ...(warned.length > 0 && { warnings: warned }) };
  return verdict.verdict === 'deny' ? { allowed: false, status: status(set, subject, verdict), ...common } : { allowed: true, ...common };
}

/** 403: for 422 kubectl prints the causes, drops the message, and nobody learns who refused. */
function status(set: GuardrailSet, { name, gvk, subresource }: Subject, verdict: Verdict): NonNullable<Answer['response']['status']> {
  const told = causes(verdict);
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: refusalMessage(verdict, originsOf(set), subresource, told),
    details: { name, group: gvk.group, kind: gvk.kind, causes: told },
  };
}

const origins = new WeakMap<GuardrailSet, ReadonlyMap<string, string>>();

/** The flag that loads each policy of a set elsewhere. A set never changes, so they are gathered once. */
function originsOf(set: GuardrailSet): ReadonlyMap<string, string> {
  const known = origins.get(set);
  if (known) return known;
  const policies = [...set.guardrails, ...(set.upstream?.policies ?? [])];
  const found = new Map(policies.map(({ name, origin }) => [name, origin]));
  origins.set(set, found);
  return found;
}

function decision({ digest }: GuardrailSet, { verdict, findings, guardrails, late }: Judgement): Decision {
  return {
    verdict,
    findings,
    digest,
    ...(late !== undefined && { late }),
    guardrails: guardrails.map(({ name, mode }) => ({ name, mode, verdict: ownVerdict(name, findings) })),
  };
}

const ownVerdict = (guardrail: string, findings: readonly Finding[]): 'allow' | 'warn' | 'deny' =>
  verdictOf(findings.filter((finding) => finding.guardrail === guardrail));
