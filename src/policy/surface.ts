import type { ResourceRule } from '../api/match.ts';
import { customWorkloads } from '../kube/custom-workloads.ts';
import type { Workload } from '../kube/workload.ts';
import { workloads } from '../kube/workload.ts';
import { matchOf } from './candidates.ts';
import type { Guardrail } from './guardrail.ts';
import { phasesOf } from './guardrail.ts';
import { machinery } from './machinery.ts';
import type { Match } from './match.ts';
import type { Place } from './place.ts';
import { covers, distinct } from './place.ts';
import type { RegisteredGuardrail } from './registration.ts';
import { entriesInForce } from './schedule.ts';

/** What the registration has to know of a guardrail, at a time. */
export function registeredGuardrail(guardrail: Guardrail, now: number): RegisteredGuardrail {
  const { entries, base } = entriesInForce(guardrail.schedule ?? [], now);
  const inForce = phasesOf(guardrail).filter((_, index) => (index === 0 ? base : entries.some((entry) => entry.index === index - 1)));
  return {
    name: guardrail.name,
    enforce: inForce.some(({ mode }) => mode === 'Enforce'),
    failureMode: guardrail.failureMode,
    surface: inForce.some(({ mode }) => mode !== 'Off') ? surfaceOf(matchOf(guardrail)) : [],
  };
}

/** Of the resources that a guardrail matches those that are never sent here, so that a cluster can be mended: its status says so. */
export function unreachable(guardrail: Guardrail): string[] {
  const surface = surfaceOf(matchOf(guardrail));
  const named = machinery.filter((name) => {
    const [group = '', resource = ''] = name.split('/');
    return surface.some((place) => covers(place, { ...place, group, resource, version: place.version, scope: place.scope }));
  });
  const reviews = reviewGroups.filter((group) => surface.some((place) => place.group === group || place.group === '*'));
  const status = surface.some(({ resource }) => /\/(\*|status)$/.test(resource)) ? ['*/status'] : [];
  return [...named.map((name) => name.replace(/^\//, '')), ...reviews.map((group) => `${group}/*`), ...status];
}

const reviewGroups = ['authentication.k8s.io', 'authorization.k8s.io'];

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

const surfaces = new WeakMap<Match, readonly Place[]>();

/** What the resource rules name, and the workloads beside that `templates` and equivalence add. Worked out once: it is asked for at every change. */
function surfaceOf(match: Match): readonly Place[] {
  const surface = surfaces.get(match) ?? workOut(match);
  surfaces.set(match, surface);
  return surface;
}

function workOut(match: Match): Place[] {
  const known = [...knownPlaces, ...namespaces].filter(({ group, version, resource, operation }) => {
    const [name = '', subresource = ''] = resource.split('/');
    const namespaced = resource !== 'namespaces';
    return match.covers({ group, version, resource: name, subresource, operation, namespaced }, null);
  });
  return distinct([...(match.resourceRules ?? []).flatMap(placesOf), ...known]);
}

/** The places that a resource rule names. */
export function placesOf({ apiGroups, apiVersions, resources, operations: asked, scope = '*' }: ResourceRule): Place[] {
  const wanted = asked.includes('*') ? operations : operations.filter((operation) => asked.includes(operation));
  return apiGroups.flatMap((group) =>
    apiVersions.flatMap((version) =>
      resources.flatMap((resource) => wanted.map((operation) => ({ group, version, resource, operation, scope }))),
    ),
  );
}

const namespaces = (['CREATE', 'UPDATE'] as const).map((operation): Place => ({
  group: '',
  version: 'v1',
  resource: 'namespaces',
  operation,
  scope: '*',
}));

/** Pods by every way in which they change, and all that carries a pod template. */
const knownPlaces: readonly Place[] = [...workloads, ...customWorkloads].flatMap(workloadPlaces);

function workloadPlaces({ group, versions: [version = '*'], kind, resource }: Workload): Place[] {
  const place = { group, version, scope: '*' as const };
  const resources = kind === 'Pod' ? [resource, `${resource}/ephemeralcontainers`, `${resource}/resize`] : [resource];
  return resources.flatMap((name) => (['CREATE', 'UPDATE'] as const).map((operation) => ({ ...place, resource: name, operation })));
}

/** What a guardrail judges that does not say what it matches. */
export const workloadSurface: readonly Place[] = knownPlaces;
