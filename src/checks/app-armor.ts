import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { ReportFault } from '../engine/check.ts';
import { formatKey } from '../kube/field-path.ts';
import type { Pod } from '../kube/pod.ts';

const prefix = 'container.apparmor.security.beta.kubernetes.io/';

export default defineCheck({
  id: 'app-armor',
  title: 'Containers keep their AppArmor profile',
  why: 'Unconfined lifts the profile with which the container runtime keeps a process from the files and mounts of the node.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: {
    field: '{who} asks for the AppArmor profile {type}; set type to RuntimeDefault or Localhost',
    annotation: 'the annotation asks for the AppArmor profile {profile}; set it to runtime/default, or remove it',
  },
  evaluate(pod, report) {
    for (const holder of pod.holders) {
      const profile = holder.context?.appArmorProfile;
      if (!profile || profile.type === 'RuntimeDefault' || profile.type === 'Localhost') continue;
      const at = `${holder.path}.securityContext.appArmorProfile.type`;
      report({
        message: 'field',
        at,
        data: { who: holder.who, type: profile.type || '""' },
        cure: { set: 'RuntimeDefault', class: 'review' },
      });
    }
    annotations(pod, report);
  },
  example: {
    bad: 'containers: [{ name: app, securityContext: { appArmorProfile: { type: Unconfined } } }]',
    good: 'containers: [{ name: app, securityContext: { appArmorProfile: { type: RuntimeDefault } } }]',
  },
});

function annotations(pod: Pod, report: ReportFault<'annotation'>): void {
  for (const key of Object.keys(pod.annotations)) {
    if (!key.startsWith(prefix)) continue;
    const profile = pod.annotations[key] ?? '';
    if (profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/')) continue;
    const at = `${pod.metadataPath}.annotations${formatKey(key)}`;
    report({ message: 'annotation', at, data: { profile }, cure: { remove: true, class: 'review' } });
  }
}
