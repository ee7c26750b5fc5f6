import type { AdmissionRequest, AdmissionResponse } from '../api/admission-review.ts';
import type { Finding, Mode } from '../engine/finding.ts';

/** What the guardrails say of one request, and the response that tells the API server. */
export interface Answer {
  readonly response: Omit<AdmissionResponse, 'uid'>;
  readonly decision: Decision;
}

export interface Decision {
  readonly verdict: 'allow' | 'warn' | 'deny' | 'skip';
  /** Every guardrail that was judged, with its own verdict under the mode in force. */
  readonly guardrails: readonly { readonly name: string; readonly mode: Mode; readonly verdict: 'allow' | 'warn' | 'deny' }[];
  readonly findings: readonly Finding[];
  /** Digest of the set of guardrails that decided. */
  readonly digest: string;
  /** How many guardrails there was no time for, so that their failureMode decided; absent where there was. */
  readonly late?: number;
}

/**
 * Judges one request. `deadline` is in milliseconds of the server's own clock. A promise only where something has to be asked first.
 * Must not throw; when it does, the request is refused.
 */
export type Judge = (request: AdmissionRequest, deadline: number) => Answer | Promise<Answer>;

/**
 * Writes the review that carries a response. Remembers the text of the last response by identity:
 * most answers are one and the same plain allow.
 */
export function reviewWriter(): (uid: string, response: Answer['response']) => string {
  let last: Answer['response'] | null = null;
  let tail = '';
  return (uid, response) => {
    if (response !== last) [last, tail] = [response, JSON.stringify(response).slice(1)];
    return `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":${JSON.stringify(uid)},${tail}}`;
  };
}

/** The refusal when judging threw: never an allow, and nothing of the error, which may quote the object. */
export const broken: Answer['response'] = {
  allowed: false,
  status: {
    status: 'Failure',
    code: 500,
    reason: 'InternalError',
    message: 'sallyport failed to judge this request, so it is refused; its log has the reason under the uid of this request',
  },
};
