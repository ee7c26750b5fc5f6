import type { Client } from '../../cluster/client.ts';
import type { Clock } from '../../cluster/clock.ts';
import type { GroupReflector } from '../../cluster/group-reflector.ts';
import { reflectGroup } from '../../cluster/group-reflector.ts';

/** A project whose policies may be followed. */
export type Project = keyof typeof groups;

/** What each keeps its policies in. ValidatingAdmissionPolicies are not among them: the API server enforces those itself. */
const groups = {
  kyverno: [{ group: 'policies.kyverno.io', kinds: ['ValidatingPolicy', 'NamespacedValidatingPolicy', 'PolicyException'] }],
  gatekeeper: [
    { group: 'templates.gatekeeper.sh', kinds: ['ConstraintTemplate'] },
    // Each template defines a kind.
    { group: 'constraints.gatekeeper.sh', kinds: null },
  ],
} as const;

export const projects = Object.keys(groups) as Project[];

/** Copies of the policies of these projects, until the signal aborts. */
export function followUpstream(
  client: Client,
  clock: Clock,
  followed: readonly Project[],
  heard: { readonly onChange: () => void; readonly onTrouble: (path: string, error: unknown) => void },
  signal: AbortSignal,
): GroupReflector[] {
  return followed.flatMap((project) => groups[project].map((group) => reflectGroup(client, clock, { ...group, ...heard }, signal)));
}
