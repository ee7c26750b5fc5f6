import type { GuardrailDocument } from '../api/guardrail.ts';
import type { Subject } from '../engine/subject.ts';

type ExemptSubject = NonNullable<NonNullable<GuardrailDocument['spec']['exempt']>['subjects']>[number];
type User = Subject['user'];

/** Whether a user is one of the exempt. */
export function compileSubjects(subjects: readonly ExemptSubject[]): (user: User) => boolean {
  const users = new Set(subjects.flatMap((subject) => (subject.kind === 'Group' ? [] : [username(subject)])));
  const groups = new Set(subjects.flatMap(({ kind, name }) => (kind === 'Group' ? [name] : [])));
  return (user) => (user.username !== '' && users.has(user.username)) || user.groups.some((group) => groups.has(group));
}

/** The name under which the API server knows a user or a service account. */
export const username = ({ kind, name, namespace = '' }: ExemptSubject): string =>
  kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name;

/** Why nobody may be exempt under this name, or null: some of them stand for everybody. */
export function exemptFault(subject: ExemptSubject): string | null {
  const { kind, name, namespace } = subject;
  if (kind === 'ServiceAccount' && namespace === undefined) return 'a service account is named by its name and its namespace';
  if (kind !== 'ServiceAccount' && namespace !== undefined)
    return `a ${kind} has no namespace; of a ServiceAccount write kind: ServiceAccount`;
  if (username(subject).includes('*')) return `${JSON.stringify(name)} holds a *; a subject is named in full`;
  return kind === 'Group' ? groupFault(name) : controllerFault(username(subject));
}

const everybody = new Set([
  'system:serviceaccounts',
  'system:serviceaccounts:kube-system',
  'system:authenticated',
  'system:unauthenticated',
]);

function groupFault(name: string): string | null {
  if (name === 'system:masters') return 'exempting system:masters exempts whoever holds an administrator’s kubeconfig, and what it runs';
  return everybody.has(name)
    ? `${name} holds the controllers that make the pods of all workloads, so exempting it exempts everybody`
    : null;
}

/** Whether a user is one of the controllers that make pods, ReplicaSets and Jobs for everybody. */
export const isWorkloadController = (username: string): boolean =>
  username === 'system:kube-controller-manager' || /^system:serviceaccount:kube-system:[^:]*-controller$/.test(username);

const controllerFault = (username: string): string | null =>
  isWorkloadController(username) ? `${username} makes the pods of everybody’s workloads, so exempting it exempts everybody` : null;
