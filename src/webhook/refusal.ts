import type { ReviewFault } from '../api/admission-review.ts';

/** Every way in which an input can be refused before it is judged. Also the label `kind` of the metric: the set is closed. */
export type RefusalCode = ReviewFault | keyof typeof transport;

interface Refusal {
  /** HTTP status; 0 where the connection can only be closed. */
  readonly status: number;
  /** Kubernetes' StatusReason for that status. */
  readonly reason: string;
  /** What is wrong and what to do. Never a word of the body. */
  readonly message: string;
}

const bad = (message: string): Refusal => ({ status: 400, reason: 'BadRequest', message });
const closed = (message: string): Refusal => ({ status: 0, reason: '', message });

const review = {
  WrongKind: bad('the body is not an AdmissionReview; post one to /validate'),
  OldVersion: bad('AdmissionReview admission.k8s.io/v1beta1 is not served; set admissionReviewVersions: [v1] in the webhook configuration'),
  WrongVersion: bad('the review is not of apiVersion admission.k8s.io/v1; set admissionReviewVersions: [v1] in the webhook configuration'),
  NoRequest: bad('the review holds no request'),
  NoUid: bad('the request has no uid, so no answer can be given to it'),
  WrongType: bad('a field of the request is missing or has the wrong type'),
} satisfies Record<ReviewFault, Refusal>;

const transport = {
  Empty: bad('the body is empty; post an AdmissionReview'),
  NotJson: bad('the body is not JSON'),
  TooDeep: bad('the body is nested deeper than the API server itself accepts'),
  TooManyValues: bad('the body holds more values than any object in Kubernetes can'),
  TooLarge: { status: 413, reason: 'RequestEntityTooLarge', message: 'the body is larger than this server reads' },
  WrongMediaType: { status: 415, reason: 'UnsupportedMediaType', message: 'the content type must be application/json' },
  NotFound: { status: 404, reason: 'NotFound', message: 'reviews are served at /validate only' },
  WrongMethod: { status: 405, reason: 'MethodNotAllowed', message: 'reviews are posted: use POST' },
  WrongClient: { status: 403, reason: 'Forbidden', message: 'the client certificate does not bear the expected name; see --client-name' },
  Busy: { status: 429, reason: 'TooManyRequests', message: 'too many reviews in flight; try again in a second' },
  Stalled: { status: 408, reason: 'Timeout', message: 'the request did not arrive in time' },
  BadHttp: bad('the request is not HTTP/1.1'),
  HeadersTooLarge: { status: 431, reason: 'BadRequest', message: 'the headers are larger than this server reads' },
  HungUp: closed('the client hung up before its request had arrived'),
  NoHandshake: closed('the client connected and did not shake hands in time'),
  PlainHttp: closed('plain HTTP on the TLS port; use https'),
  TlsVersion: closed('the client speaks no TLS version of 1.2 or later'),
  ClientCertificate: closed('the client showed no certificate that the client CA signed'),
  TlsHandshake: closed('the TLS handshake failed'),
} satisfies Record<string, Refusal>;

export const refusals: Readonly<Record<RefusalCode, Refusal>> = { ...review, ...transport };

/** The body of a refusal: a metav1 Status, which client-go reads and puts into the error of whoever made the request. */
export function statusBody(code: RefusalCode, detail = ''): string {
  const { status, reason, message } = refusals[code];
  const text = detail === '' ? message : `${message}: ${detail}`;
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `sallyport: ${text}`,
    reason,
    details: { causes: [{ reason: code, message: text }], ...(status === 429 ? { retryAfterSeconds: 1 } : {}) },
    code: status,
  });
}
