import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import { exemptUserNamespaces } from '../engine/relaxation.ts';
import type { Container, Pod } from '../kube/pod.ts';
import { inUserNamespace } from '../kube/pod.ts';

const cure = { set: true, class: 'review' } as const;

export default defineCheck({
  id: 'run-as-non-root',
  title: 'Containers do not run as root',
  why: 'Root in a container is root on the node as soon as anything else gives way.',
  byDefault: 'The user that the image names, which is root where it names none. Nothing holds an image to anything else.',
  breaks:
    'The kubelet refuses to start an image whose user is root or only a name; volumes that root wrote may not be writable, which fsGroup cures.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted', 'CIS 5.2.7', 'NSA Pod security'],
  params: Type.Object({ exemptUserNamespaces }, { additionalProperties: false }),
  messages: {
    podMayBeRoot: 'the pod lets its containers run as root (set here); set runAsNonRoot: true',
    mayBeRoot: '{who} may run as root (set here); set runAsNonRoot: true',
    unset: '{who} may run as root (unset here and in the pod); set runAsNonRoot: true',
  },
  evaluate(pod, params) {
    if (params.exemptUserNamespaces && inUserNamespace(pod)) return none;
    return [...ofPod(pod), ...ofContainers(pod)];
  },
  example: {
    bad: '{ securityContext: { runAsNonRoot: true }, containers: [{ name: app, securityContext: { runAsNonRoot: false } }] }',
    good: '{ securityContext: { runAsNonRoot: true }, containers: [{ name: app, securityContext: { runAsNonRoot: true } }] }',
  },
});

function ofPod({ spec, path }: Pod): readonly Fault<'podMayBeRoot'>[] {
  if (spec.securityContext?.runAsNonRoot !== false) return none;
  return [{ message: 'podMayBeRoot', at: `${path}.securityContext.runAsNonRoot`, cure }];
}

/** Where the pod says false, the finding on the pod stands for the containers that inherit it. */
function ofContainers({ spec, containers }: Pod): Fault<'mayBeRoot' | 'unset'>[] {
  const inherited = spec.securityContext?.runAsNonRoot ?? null;
  return containers
    .filter(({ context }) => context?.runAsNonRoot === false || (context?.runAsNonRoot ?? inherited) === null)
    .map(mayBeRoot);
}

function mayBeRoot({ who, path, context }: Container): Fault<'mayBeRoot' | 'unset'> {
  const at = `${path}.securityContext.runAsNonRoot`;
  if (context?.runAsNonRoot === false) return { message: 'mayBeRoot', at, data: { who }, cure };
  return { message: 'unset', at, data: { who }, reason: 'FieldValueRequired', cure };
}
