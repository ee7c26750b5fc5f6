import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import { exemptUserNamespaces } from '../engine/relaxation.ts';
import { inUserNamespace } from '../kube/pod.ts';

export default defineCheck({
  id: 'run-as-user',
  title: 'Containers are not told to run as user 0',
  why: 'User 0 is root, whatever the image says.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted'],
  params: Type.Object({ exemptUserNamespaces }, { additionalProperties: false }),
  messages: { root: '{who} is told to run as root (runAsUser 0 is set here); remove it or choose another user' },
  evaluate(pod, report, params) {
    if (params.exemptUserNamespaces && inUserNamespace(pod)) return;
    for (const holder of pod.holders) {
      if (holder.context?.runAsUser !== 0) continue;
      const at = `${holder.path}.securityContext.runAsUser`;
      report({ message: 'root', at, data: { who: holder.who }, cure: { remove: true, class: 'review' } });
    }
  },
  example: {
    bad: 'containers: [{ name: app, securityContext: { runAsUser: 0 } }]',
    good: 'containers: [{ name: app, securityContext: {} }]',
  },
});
