import type { ResourceRule } from '../../api/match.ts';
import { workloads } from '../../kube/workload.ts';
import { matchOf } from '../candidates.ts';
import type { Guardrail } from '../guardrail.ts';
import type { Target } from '../match.ts';
import { compileMatch } from '../match.ts';
import type { Place } from '../place.ts';
import { placesOf, workloadSurface } from '../surface.ts';

/** Resource rules of an admission policy, and those that except from them. */
export interface Surface {
  readonly resourceRules: readonly ResourceRule[];
  readonly excludeResourceRules: readonly ResourceRule[];
}

const builtIn = new Set(workloads.map(({ group, resource }) => `${group}/${resource}`));

/** The pods and built-in workloads that a guardrail judges. Custom resources keep their templates in places of their own. */
export const podSurface = (guardrail: Guardrail, written: Written): Surface =>
  surfaceWithin(guardrail, written, workloadSurface.filter(isBuiltIn), []);

/** Every object that a guardrail judges. */
export function objectSurface(guardrail: Guardrail, written: Written): Surface {
  const others = (written.resourceRules ?? []).filter(({ resourceNames }) => !resourceNames?.length);
  const known = [...workloadSurface, ...namespaces];
  return surfaceWithin(guardrail, written, known, others);
}

/** The resource rules of `spec.match`. */
export interface Written {
  readonly resourceRules?: readonly ResourceRule[] | undefined;
  readonly excludeResourceRules?: readonly ResourceRule[] | undefined;
}

/** Of the known places those that the guardrail covers whatever the name of the object is, and those that it covers for some names. */
function surfaceWithin(guardrail: Guardrail, written: Written, known: readonly Place[], others: readonly ResourceRule[]): Surface {
  const { covers } = matchOf(guardrail);
  const covered = known.filter((place) => covers(targetAt(place), '') && !others.some((rule) => namesPlace(rule, place)));
  const named = (written.resourceRules ?? []).filter(isNamed).flatMap((rule) => {
    const within = known.filter((place) => namesPlace(rule, place));
    return rulesOf(within).map((found) => ({ ...found, resourceNames: rule.resourceNames ?? [] }));
  });
  const excluded = (written.excludeResourceRules ?? []).filter((rule) => isNamed(rule) || others.length > 0);
  return { resourceRules: [...others, ...rulesOf(covered), ...named], excludeResourceRules: excluded };
}

const isNamed = ({ resourceNames }: ResourceRule): boolean => (resourceNames?.length ?? 0) > 0;

/** Whether a rule names the place, whatever names of objects it gives. */
function namesPlace({ resourceNames: _names, ...rule }: ResourceRule, place: Place): boolean {
  return compileMatch({ resourceRules: [rule], templates: false }).covers(targetAt(place), '');
}

/** One rule for what is of one group and version and is asked of at the same operations. */
function rulesOf(places: readonly Place[]): ResourceRule[] {
  const byResource = Map.groupBy(places, ({ group, version, resource }) => JSON.stringify([group, version, resource]));
  const resources = [...byResource.values()].map((same) => ({
    apiGroups: same.slice(0, 1).map(({ group }) => group),
    apiVersions: same.slice(0, 1).map(({ version }) => version),
    operations: [...new Set(same.map(({ operation }) => operation))],
    resources: same.slice(0, 1).map(({ resource }) => resource),
  }));
  const alike = Map.groupBy(resources, ({ resources: _resources, ...rest }) => JSON.stringify(rest));
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    return first ? [{ ...first, resources: same.flatMap((rule) => rule.resources) }] : [];
  });
}

const isBuiltIn = ({ group, resource }: Place): boolean => builtIn.has(`${group}/${resource.split('/', 1)[0] ?? ''}`);

function targetAt({ group, version, resource, operation }: Place): Target {
  const [name = '', subresource = ''] = resource.split('/');
  return { group, version, resource: name, subresource, operation, namespaced: name !== 'namespaces' };
}

const namespaces: readonly Place[] = placesOf({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['namespaces'],
});
