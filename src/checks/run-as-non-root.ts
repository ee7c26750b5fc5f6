import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import { exemptUserNamespaces } from '../engine/relaxation.ts';
import { inUserNamespace } from '../kube/pod.ts';

const cure = { set: true, class: 'review' } as const;

export default defineCheck({
  id: 'run-as-non-root',
  title: 'Containers do not run as root',
  why: 'Root in a container is root on the node as soon as anything else gives way.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted', 'CIS 5.2.7'],
  params: Type.Object({ exemptUserNamespaces }, { additionalProperties: false }),
  messages: {
    podMayBeRoot: 'the pod lets its containers run as root (false is set here); set runAsNonRoot to true',
    mayBeRoot: '{who} may run as root (false is set here); set runAsNonRoot to true',
    unset: '{who} may run as root (unset here and in the pod); set runAsNonRoot to true',
  },
  evaluate(pod, report, params) {
    if (params.exemptUserNamespaces && inUserNamespace(pod)) return;
    const ofPod = pod.spec.securityContext?.runAsNonRoot;
    if (ofPod === false) report({ message: 'podMayBeRoot', at: `${pod.path}.securityContext.runAsNonRoot`, cure });
    for (const container of pod.containers) {
      const value = container.context?.runAsNonRoot;
      // Where the pod says false, the finding on the pod stands for the containers that inherit it.
      if (value === true || (value == null && ofPod != null)) continue;
      const at = `${container.path}.securityContext.runAsNonRoot`;
      const data = { who: container.who };
      if (value === false) report({ message: 'mayBeRoot', at, data, cure });
      else report({ message: 'unset', at, data, reason: 'FieldValueRequired', cure });
    }
  },
  example: {
    bad: '{ securityContext: { runAsNonRoot: true }, containers: [{ name: app, securityContext: { runAsNonRoot: false } }] }',
    good: '{ securityContext: { runAsNonRoot: true }, containers: [{ name: app, securityContext: { runAsNonRoot: true } }] }',
  },
});
