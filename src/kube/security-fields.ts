import { formatKey } from './field-path.ts';
import { nearestWord } from './nearest-word.ts';

/** Where in a pod spec a field can stand: the spec itself, a container, or the security context of either. `outside` is what holds a pod template. */
export type Place = 'pod' | 'podContext' | 'container' | 'containerContext' | 'outside';

const both = ['podContext', 'containerContext'] as const;

/** Fields that security hangs on, and the places where they have an effect. */
const places: ReadonlyMap<string, readonly Place[]> = new Map<string, readonly Place[]>([
  ['automountServiceAccountToken', ['pod']],
  ['hostIPC', ['pod']],
  ['hostNetwork', ['pod']],
  ['hostPID', ['pod']],
  ['hostUsers', ['pod']],
  ['runtimeClassName', ['pod']],
  ['serviceAccountName', ['pod']],
  ['shareProcessNamespace', ['pod']],
  ['securityContext', ['pod', 'container']],
  ['appArmorProfile', both],
  ['runAsGroup', both],
  ['runAsNonRoot', both],
  ['runAsUser', both],
  ['seLinuxOptions', both],
  ['seccompProfile', both],
  ['windowsOptions', both],
  ['fsGroup', ['podContext']],
  ['fsGroupChangePolicy', ['podContext']],
  ['seLinuxChangePolicy', ['podContext']],
  ['supplementalGroups', ['podContext']],
  ['supplementalGroupsPolicy', ['podContext']],
  ['sysctls', ['podContext']],
  ['allowPrivilegeEscalation', ['containerContext']],
  ['capabilities', ['containerContext']],
  ['privileged', ['containerContext']],
  ['procMount', ['containerContext']],
  ['readOnlyRootFilesystem', ['containerContext']],
]);

/** A field of the table where it has no effect. */
export interface Misplaced {
  readonly path: string;
  readonly field: string;
  /** Where it has one; none where no place has a field of this name. */
  readonly right: readonly Place[];
  /** The field that its name is near to, where it is in the right place but for that. */
  readonly meant: string | null;
}

/** What of an object at this place and path has no effect there, though security hangs on it. Null is as good as absent, and no finding. */
export function misplacedIn(place: Place, object: object | null | undefined, path: string): Misplaced[] {
  const found: Misplaced[] = [];
  for (const [field, value] of Object.entries(object ?? {})) {
    const right = places.get(field);
    if (value == null || right?.includes(place)) continue;
    const meant = right === undefined ? misspelt(place, field) : null;
    if (right !== undefined || meant !== null)
      found.push({ path: (path + formatKey(field)).replace(/^\./, ''), field, right: right ?? [], meant });
  }
  return found;
}

/** In a security context every field is in the table, so that a near word is one misspelt; elsewhere only another case can be known to be. */
function misspelt(place: Place, field: string): string | null {
  if (place === 'outside') return null;
  const known = fieldsAt[place];
  const near = place === 'podContext' || place === 'containerContext' ? nearestWord(field, known) : null;
  return near ?? known.find((name) => name.length === field.length && name.toLowerCase() === field.toLowerCase()) ?? null;
}

const fieldsOf = (place: Place): string[] => [...places].flatMap(([field, right]) => (right.includes(place) ? [field] : []));
const fieldsAt = {
  pod: fieldsOf('pod'),
  podContext: fieldsOf('podContext'),
  container: fieldsOf('container'),
  containerContext: fieldsOf('containerContext'),
} as const;
