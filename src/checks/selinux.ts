import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import type { Holder } from '../kube/pod.ts';

const cure = { remove: true, class: 'review' } as const;

export default defineCheck({
  id: 'selinux',
  title: 'Containers keep an SELinux label made for containers',
  why: 'Another type, user or role is how a process steps out of the confinement that SELinux gives containers.',
  byDefault: 'Where the node has SELinux, the container runtime gives each container a type for containers and a level of its own.',
  breaks: 'Files that carry the label of the old type may not be accessible until they are labelled again.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'NSA Pod security'],
  params: Type.Object(
    {
      types: Type.Array(Type.String(), {
        default: ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'],
        description: 'SELinux types that may be set.',
      }),
    },
    { additionalProperties: false },
  ),
  messages: {
    type: '{who} sets the SELinux type {value}; remove it (allowed: {types})',
    user: '{who} sets the SELinux user {value}; remove it',
    role: '{who} sets the SELinux role {value}; remove it',
  },
  evaluate: ({ holders }, params) =>
    holders.filter(({ context }) => context?.seLinuxOptions != null).flatMap((holder) => forbidden(holder, params.types)),
  example: {
    bad: 'containers: [{ name: app, securityContext: { seLinuxOptions: { type: spc_t, level: s0 } } }]',
    good: 'containers: [{ name: app, securityContext: { seLinuxOptions: { level: s0 } } }]',
  },
});

function forbidden({ context, who, path }: Holder, types: readonly string[]): Fault<'type' | 'user' | 'role'>[] {
  const { type, user, role } = context?.seLinuxOptions ?? {};
  const at = `${path}.securityContext.seLinuxOptions`;
  const faults: Fault<'type' | 'user' | 'role'>[] = [];
  if (type && !types.includes(type)) {
    faults.push({ message: 'type', at: `${at}.type`, data: { who, value: type, types: types.join(', ') }, cure });
  }
  if (user) faults.push({ message: 'user', at: `${at}.user`, data: { who, value: user }, cure });
  if (role) faults.push({ message: 'role', at: `${at}.role`, data: { who, value: role }, cure });
  return faults;
}
