import { machinery } from './machinery.ts';
import type { Place } from './place.ts';
import { celOf, distinct, meet, rulesOf, without } from './place.ts';
import { workloadSurface } from './surface.ts';

/** What the registration has to know of a guardrail in force. */
export interface RegisteredGuardrail {
  readonly name: string;
  /** Some rule of it is in Enforce somewhere now, under the ceiling. */
  readonly enforce: boolean;
  /** What happens to requests when no server answers. */
  readonly failureMode: FailurePolicy;
  /** Resources and operations that it judges; absent: every workload. */
  readonly surface?: readonly Place[];
}

export interface RegistrationWanted {
  readonly guardrails: readonly RegisteredGuardrail[];
  readonly client: WebhookClient;
  /** Base64 of the PEM bundle; null leaves what the API server holds, where something else injects it. */
  readonly caBundle: string | null;
  /** Namespaces whose objects never reach the server, so that a dead one cannot lock a cluster out. */
  readonly excludeNamespaces: readonly string[];
  /** The server also judges guardrails and exceptions as they are written. */
  readonly policyKinds?: boolean;
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
  readonly matchConditions: readonly MatchCondition[];
  readonly sideEffects: 'NoneOnDryRun';
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly string[];
}

export interface MatchCondition {
  readonly name: string;
  /** CEL; the entry is called where all of them hold. */
  readonly expression: string;
}

export interface WebhookRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  readonly scope: Place['scope'];
}

/**
 * The webhook entries for the guardrails in force, at most one Fail and one Ignore. Every resource and operation stands in exactly one of them,
 * since the API server calls entries in parallel and shows one refusal only: in Fail where a guardrail that must not be passed by is in Enforce,
 * else in Ignore. Guardrails and exceptions always stand in Ignore, so that a broken set can be mended.
 */
export function webhookEntries(wanted: RegistrationWanted): WebhookEntry[] {
  const { guardrails, policyKinds = false } = wanted;
  const binding = guardrails.filter(({ enforce, failureMode }) => enforce && failureMode === 'Fail');
  const fail = distinct(binding.flatMap(surfaceOf));
  const others = guardrails.filter((guardrail) => !binding.includes(guardrail)).flatMap(surfaceOf);
  const ignore = distinct([...without(others, fail), ...(policyKinds ? ownKinds : [])]);
  const shared = fail.filter((place) => ignore.some((other) => meet(place, other)));
  const notOwn = policyKinds && fail.some((place) => ownKinds.some((own) => meet(place, own))) ? [notOwnKinds] : [];
  return [
    ...(fail.length > 0 ? [entry('Fail', fail, notOwn, wanted)] : []),
    // What only partly stands in Fail is sorted out by the API server.
    ...(ignore.length > 0 ? [entry('Ignore', ignore, shared.length > 0 ? [notBinding(shared, notOwn.length > 0)] : [], wanted)] : []),
  ];
}

const surfaceOf = ({ surface }: RegisteredGuardrail): readonly Place[] => surface ?? workloadSurface;

function entry(
  failurePolicy: FailurePolicy,
  places: readonly Place[],
  conditions: readonly MatchCondition[],
  { client, caBundle, excludeNamespaces }: RegistrationWanted,
): WebhookEntry {
  return {
    name: names[failurePolicy],
    clientConfig: { ...client, ...(caBundle === null ? {} : { caBundle }) },
    rules: rulesOf(places),
    failurePolicy,
    matchPolicy: 'Equivalent',
    namespaceSelector: except(excludeNamespaces),
    objectSelector: {},
    matchConditions: [...matchConditions, ...conditions],
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: 5,
    admissionReviewVersions: ['v1'],
  };
}

function except(namespaces: readonly string[]): WebhookEntry['namespaceSelector'] {
  // The API server refuses NotIn without values.
  if (namespaces.length === 0) return {};
  return { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: namespaces.toSorted() }] };
}

/** kubectl prints it: `admission webhook "NAME" denied the request`. */
const names = { Fail: 'guardrails.sallyport.dev', Ignore: 'advice.sallyport.dev' } as const;

const ownKinds: readonly Place[] = ['guardrails', 'guardrailexceptions'].flatMap((resource) =>
  (['CREATE', 'UPDATE'] as const).map((operation) => ({ group: 'sallyport.dev', version: '*', resource, operation, scope: '*' as const })),
);

const ownKind = "(request.resource.group == 'sallyport.dev' && request.resource.resource in ['guardrails', 'guardrailexceptions'])";
const notOwnKinds: MatchCondition = { name: 'not-a-guardrail', expression: `!${ownKind}` };

/** Not what the Fail entry is called for. */
const notBinding = (places: readonly Place[], exceptOwn: boolean): MatchCondition => {
  const bound = `(${places.map(celOf).join(' || ')})`;
  return { name: 'not-judged-elsewhere', expression: exceptOwn ? `${ownKind} || !${bound}` : `!${bound}` };
};

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
