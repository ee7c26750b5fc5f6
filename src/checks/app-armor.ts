import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import { formatKey } from '../kube/field-path.ts';
import type { Pod } from '../kube/pod.ts';

const prefix = 'container.apparmor.security.beta.kubernetes.io/';

export default defineCheck({
  id: 'app-armor',
  title: 'Containers keep their AppArmor profile',
  why: 'Unconfined lifts the profile with which the container runtime keeps a process from the files and mounts of the node.',
  byDefault: 'Where the node has AppArmor, the container runtime loads its own profile into every container that is not privileged.',
  breaks:
    'What the profile of the runtime forbids, such as mounts, fails again; a workload that needs more wants a Localhost profile of its own.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'NSA Pod security'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: {
    field: '{who} asks for the AppArmor profile {type}; set type: RuntimeDefault or Localhost',
    annotation: 'the annotation asks for the AppArmor profile {profile}; set runtime/default or remove it',
  },
  evaluate: (pod) => [...fields(pod), ...annotations(pod)],
  example: {
    bad: 'containers: [{ name: app, securityContext: { appArmorProfile: { type: Unconfined } } }]',
    good: 'containers: [{ name: app, securityContext: { appArmorProfile: { type: RuntimeDefault } } }]',
  },
});

function fields({ holders }: Pod): Fault<'field'>[] {
  return holders
    .filter(({ context }) => context?.appArmorProfile && !namesProfile(context.appArmorProfile.type))
    .map(({ who, path, context }) => ({
      message: 'field',
      at: `${path}.securityContext.appArmorProfile.type`,
      data: { who, type: context?.appArmorProfile?.type || '""' },
      cure: { set: 'RuntimeDefault', class: 'review' },
    }));
}

const namesProfile = (type: string | null | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

function annotations({ annotations, metadataPath }: Pod): Fault<'annotation'>[] {
  return Object.keys(annotations)
    .filter((key) => key.startsWith(prefix) && !keepsProfile(annotations[key] ?? ''))
    .map((key) => ({
      message: 'annotation',
      at: `${metadataPath}.annotations${formatKey(key)}`,
      data: { profile: annotations[key] ?? '' },
      cure: { remove: true, class: 'review' },
    }));
}

const keepsProfile = (profile: string): boolean => profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');
