/** What the registration has to know of a guardrail in force. */
export interface RegisteredGuardrail {
  readonly name: string;
  /** Some rule of it is in Enforce, after the ceiling. */
  readonly enforce: boolean;
  /** What happens to requests when no server answers. */
  readonly failureMode: FailurePolicy;
}

export interface RegistrationWanted {
  readonly guardrails: readonly RegisteredGuardrail[];
  readonly client: WebhookClient;
  /** Base64 of the PEM bundle; null leaves what the API server holds, where something else injects it. */
  readonly caBundle: string | null;
  /** Namespaces whose objects never reach the server, so that a dead one cannot lock a cluster out. */
  readonly excludeNamespaces: readonly string[];
}

export type FailurePolicy = 'Fail' | 'Ignore';

/** Where the API server finds the server: in the cluster, or by a URL that ends in the path. */
export type WebhookClient =
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number; readonly path: string } }
  | { readonly url: string };

/** A ValidatingWebhook of admissionregistration.k8s.io/v1, every defaulted field written out so that it can be compared. */
export interface WebhookEntry {
  readonly name: string;
  readonly clientConfig: WebhookClient & { readonly caBundle?: string };
  readonly rules: readonly WebhookRule[];
  readonly failurePolicy: FailurePolicy;
  readonly matchPolicy: 'Equivalent';
  readonly namespaceSelector: { readonly matchExpressions?: readonly [{ key: string; operator: 'NotIn'; values: readonly string[] }] };
  readonly objectSelector: Readonly<Record<string, never>>;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly sideEffects: 'NoneOnDryRun';
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly string[];
}

export interface WebhookRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  readonly scope: '*';
}

/**
 * The webhook entries for the guardrails in force, at most one Fail and one Ignore. Every resource stands in exactly one of them, since the API
 * server calls entries in parallel and shows one refusal only: in Fail where a guardrail that must not be passed by is in Enforce, else in Ignore.
 */
export function webhookEntries({ guardrails, client, caBundle, excludeNamespaces }: RegistrationWanted): WebhookEntry[] {
  const failurePolicy = failurePolicyOf(guardrails);
  if (failurePolicy === null) return [];
  return [
    {
      name: names[failurePolicy],
      clientConfig: { ...client, ...(caBundle === null ? {} : { caBundle }) },
      rules: surface,
      failurePolicy,
      matchPolicy: 'Equivalent',
      namespaceSelector: except(excludeNamespaces),
      objectSelector: {},
      matchConditions,
      sideEffects: 'NoneOnDryRun',
      timeoutSeconds: 5,
      admissionReviewVersions: ['v1'],
    },
  ];
}

/** Every guardrail that comes from a file judges the whole surface, so all of it stands in one entry; null where nothing is judged. */
function failurePolicyOf(guardrails: readonly RegisteredGuardrail[]): FailurePolicy | null {
  if (guardrails.length === 0) return null;
  return guardrails.some(({ enforce, failureMode }) => enforce && failureMode === 'Fail') ? 'Fail' : 'Ignore';
}

function except(namespaces: readonly string[]): WebhookEntry['namespaceSelector'] {
  // The API server refuses NotIn without values.
  if (namespaces.length === 0) return {};
  return { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: namespaces.toSorted() }] };
}

/** kubectl prints it: `admission webhook "NAME" denied the request`. */
const names = { Fail: 'guardrails.sallyport.dev', Ignore: 'advice.sallyport.dev' } as const;

const operations = ['CREATE', 'UPDATE'] as const;

/** Pods and all that carries a pod template. */
const surface: readonly WebhookRule[] = [
  {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations,
    resources: ['pods', 'pods/ephemeralcontainers', 'pods/resize', 'podtemplates', 'replicationcontrollers'],
    scope: '*',
  },
  {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    operations,
    resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
    scope: '*',
  },
  { apiGroups: ['batch'], apiVersions: ['v1'], operations, resources: ['cronjobs', 'jobs'], scope: '*' },
];

/** What a cluster needs to stay alive and to be mended, whatever the rules of an entry come to name. */
const machinery = [
  'coordination.k8s.io/leases',
  '/nodes',
  '/events',
  'events.k8s.io/events',
  '/endpoints',
  'discovery.k8s.io/endpointslices',
  'certificates.k8s.io/certificatesigningrequests',
];

const matchConditions = [
  {
    name: 'not-cluster-machinery',
    expression: `!((request.resource.group + '/' + request.resource.resource) in [${machinery.map((name) => `'${name}'`).join(', ')}])`,
  },
  { name: 'not-a-review', expression: "!(request.resource.group in ['authentication.k8s.io', 'authorization.k8s.io'])" },
  {
    name: 'not-status-nor-token',
    expression:
      "!has(request.subResource) || !(request.subResource == 'status' || (request.resource.resource == 'serviceaccounts' && request.subResource == 'token'))",
  },
];
