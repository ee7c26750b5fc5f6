import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import { exemptUserNamespaces } from '../engine/relaxation.ts';
import type { Holder } from '../kube/pod.ts';
import { inUserNamespace } from '../kube/pod.ts';

export default defineCheck({
  id: 'run-as-user',
  title: 'Containers are not told to run as user 0',
  why: 'User 0 is root, whatever the image says.',
  byDefault: 'Unset: the user that the image names.',
  breaks: 'The container runs as the user of its image and may not be able to read files of root, or to bind a port below 1024.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted', 'NSA Pod security'],
  params: Type.Object({ exemptUserNamespaces }, { additionalProperties: false }),
  messages: { root: '{who} runs as root (runAsUser: 0 is set here); remove runAsUser or choose another user' },
  evaluate: (pod, params) => (params.exemptUserNamespaces && inUserNamespace(pod) ? none : pod.holders.filter(isRoot).map(fault)),
  example: {
    bad: 'containers: [{ name: app, securityContext: { runAsUser: 0 } }]',
    good: 'containers: [{ name: app, securityContext: {} }]',
  },
});

const isRoot = ({ context }: Holder): boolean => context?.runAsUser === 0;

const fault = ({ who, path }: Holder): Fault<'root'> => ({
  message: 'root',
  at: `${path}.securityContext.runAsUser`,
  data: { who },
  cure: { remove: true, class: 'review' },
});
