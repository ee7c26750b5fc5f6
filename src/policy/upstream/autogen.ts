import type { ResourceRule } from '../../api/match.ts';

/** A kind of controller whose pods a policy on pods also judges, in its template. */
export interface Controller {
  readonly group: string;
  readonly kind: string;
  readonly resource: string;
  /** Where its pods are. */
  readonly template: string;
}

const TEMPLATE = 'spec.template';

/** What Kyverno derives rules for, by the name of the resource. */
export const controllers: readonly Controller[] = [
  { group: 'apps', kind: 'DaemonSet', resource: 'daemonsets', template: TEMPLATE },
  { group: 'apps', kind: 'Deployment', resource: 'deployments', template: TEMPLATE },
  { group: 'apps', kind: 'ReplicaSet', resource: 'replicasets', template: TEMPLATE },
  { group: 'apps', kind: 'StatefulSet', resource: 'statefulsets', template: TEMPLATE },
  { group: 'batch', kind: 'Job', resource: 'jobs', template: TEMPLATE },
  { group: '', kind: 'ReplicationController', resource: 'replicationcontrollers', template: TEMPLATE },
  { group: 'batch', kind: 'CronJob', resource: 'cronjobs', template: 'spec.jobTemplate.spec.template' },
];

/** One derivation: the controllers whose pods are at one place. */
export interface Derived {
  /** As Kyverno prefixes the names of derived rules. */
  readonly prefix: string;
  readonly controllers: readonly Controller[];
  /** Rewrites an expression or a message on a pod into one on the template. */
  readonly rewrite: (text: string) => string;
}

/** The derivations for these controllers. @param cron prefix of the rule for cron jobs. */
export function derive(wanted: readonly Controller[], cron: string): Derived[] {
  return [...Map.groupBy(wanted, ({ template }) => template)].map(([template, members]) => ({
    prefix: template === TEMPLATE ? 'autogen' : cron,
    controllers: members,
    rewrite: (text) => rewriteTo(template, text),
  }));
}

/** The resource rules for controllers, with the operations that the pods had. */
export const rulesOf = (members: readonly Controller[], operations: ResourceRule['operations']): ResourceRule[] =>
  members.map(({ group, resource }) => ({ apiGroups: [group], apiVersions: ['v1'], operations, resources: [resource] }));

/**
 * `object.spec` and `object.metadata` (of the old object too) become those of the template, wherever they stand in the text. A template has no
 * name or namespace of its own, so those stay the object's.
 */
function rewriteTo(template: string, text: string): string {
  return text.replaceAll(/(object|oldObject)\.(spec|metadata)(?!\.(?:name|namespace)(?![A-Za-z0-9_]))/g, `$1.${template}.$2`);
}
