import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import { formatKey } from '../kube/field-path.ts';
import type { Pod } from '../kube/pod.ts';

const podKey = 'seccomp.security.alpha.kubernetes.io/pod';
const containerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

export default defineCheck({
  id: 'seccomp-annotations',
  title: 'Legacy seccomp annotations do not lift the profile',
  why: 'Before Kubernetes 1.19 these annotations chose the seccomp profile; unconfined lifts it.',
  byDefault: 'They do nothing since Kubernetes 1.27: the field securityContext.seccompProfile decides.',
  breaks: 'On clusters before 1.27 the container gets the profile that its fields ask for, and without one none.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'NSA Pod security'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { forbidden: 'the annotation asks for the seccomp profile {profile}; set runtime/default or remove it' },
  evaluate: (pod) =>
    keys(pod)
      .filter((key) => Object.hasOwn(pod.annotations, key) && !confines(pod.annotations[key] ?? ''))
      .map((key) => fault(pod, key)),
  example: {
    bad: '{ annotations: { seccomp.security.alpha.kubernetes.io/pod: unconfined }, spec: { containers: [{ name: app }] } }',
    good: '{ annotations: {}, spec: { containers: [{ name: app }] } }',
  },
});

/** Keys for containers that do not exist do nothing, and upstream does not look at them. */
const keys = (pod: Pod): string[] => [...new Set([podKey, ...pod.containers.map(({ name }) => containerPrefix + name)])];

const confines = (profile: string): boolean =>
  profile === 'runtime/default' || profile === 'docker/default' || profile.startsWith('localhost/');

const fault = ({ annotations, metadataPath }: Pod, key: string): Fault<'forbidden'> => ({
  message: 'forbidden',
  at: `${metadataPath}.annotations${formatKey(key)}`,
  data: { profile: annotations[key] || '""' },
  cure: { remove: true, class: 'review' },
});
