import type { Answer } from './client.ts';
import { isObject } from '../kube/json.ts';

export type ClusterErrorCode = keyof typeof remedies;

/** What each code asks of whoever reads it. */
const remedies = {
  /** Neither `--kubeconfig` nor a ServiceAccount. */
  'no-cluster': 'pass --kubeconfig FILE, or --no-cluster to serve without one',
  'kubeconfig-unreadable': 'see that --kubeconfig names a kubeconfig with a current-context whose cluster and user exist',
  'credentials-unavailable': 'see that the token, certificate or exec plugin that the kubeconfig or ServiceAccount names works',
  unreachable: 'see that the API server is up and that the network and NetworkPolicy let this process reach it',
  untrusted: 'see that the certificate authority of the kubeconfig or ServiceAccount is the one that signed the API server',
  timeout: 'see that the API server is well and near; it is asked again',
  aborted: 'nothing: this process is stopping or has lost the lease',
  'answer-unreadable': 'see that the address is that of a Kubernetes API server, not of a proxy or login page',
  unauthorized: 'see that the token is still valid and belongs to this cluster',
  forbidden: 'grant the right named here to the ServiceAccount (the chart does)',
  'not-found': 'see that the chart is installed in this cluster and that the name is right',
  conflict: 'nothing: somebody else wrote first; it is read and tried again',
  expired: 'nothing: what was asked for is too long ago; all of it is read anew',
  refused: 'read what the API server says',
} as const;

const codes: Readonly<Record<number, ClusterErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'expired',
};

/** Something that the cluster did not give. The message holds no secret and says what to do; `cause` is what was thrown, where it is safe to keep. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, what: string, options?: ErrorOptions) {
    super(`${what}: ${remedies[code]}`, options);
    this.code = code;
  }
}

/** The error that an answer of status 300 or above stands for. `what` was tried, as in `read lease default/x`. */
export function refusal(what: string, { status, body }: Answer): ClusterError {
  const said = isObject(body) && typeof body['message'] === 'string' ? ` (${body['message'].slice(0, 300)})` : '';
  return new ClusterError(codes[status] ?? 'refused', `could not ${what}, the API server answered ${status}${said}`);
}
