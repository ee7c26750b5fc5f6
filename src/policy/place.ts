import type { WebhookRule } from './registration.ts';

/** One resource and one operation of the API, as a webhook is registered for; `*` stands for any. */
export interface Place {
  readonly group: string;
  readonly version: string;
  /** `pods`, `pods/exec`, `pods/*` (pods too), `*` (without subresources), `*\/*`. */
  readonly resource: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly scope: 'Cluster' | 'Namespaced' | '*';
}

/** Whether all that `inner` names is named by `outer`. */
export const covers = (outer: Place, inner: Place): boolean =>
  outer.operation === inner.operation &&
  within(outer.group, inner.group) &&
  within(outer.version, inner.version) &&
  within(outer.scope, inner.scope) &&
  within(nameOf(outer), nameOf(inner)) &&
  within(subOf(outer), subOf(inner));

/** Whether something is named by both. */
export const meet = (a: Place, b: Place): boolean =>
  a.operation === b.operation &&
  touch(a.group, b.group) &&
  touch(a.version, b.version) &&
  touch(a.scope, b.scope) &&
  touch(nameOf(a), nameOf(b)) &&
  touch(subOf(a), subOf(b));

const within = (outer: string, inner: string): boolean => outer === '*' || outer === inner;
const touch = (a: string, b: string): boolean => a === '*' || b === '*' || a === b;

const nameOf = ({ resource }: Place): string => resource.split('/', 1)[0] ?? '';
/** `*` also names what has none: `pods/*` is pods, too. */
const subOf = ({ resource }: Place): string => (resource.includes('/') ? resource.slice(resource.indexOf('/') + 1) : '');

/** Without what others among them name already. */
export function distinct(places: readonly Place[]): Place[] {
  // A thousand guardrails share the few places that most of them judge.
  const unique = [...new Map([...new Set(places)].map((place) => [keyOf(place), place])).values()];
  return unique.filter((place) => !unique.some((other) => other !== place && covers(other, place)));
}

const keyOf = ({ group, version, resource, operation, scope }: Place): string =>
  JSON.stringify([group, version, scope, resource, operation]);

/** Those that are not wholly named by the others. */
export const without = (places: readonly Place[], others: readonly Place[]): Place[] =>
  places.filter((place) => !others.some((other) => covers(other, place)));

/** As few rules as say the same, in a fixed order. */
export function rulesOf(places: readonly Place[]): WebhookRule[] {
  const byResource = Map.groupBy(places, ({ group, version, resource, scope }) => JSON.stringify([group, version, scope, resource]));
  const grouped = Map.groupBy([...byResource].toSorted(byKey), ([key, same]) => {
    const [group, version, scope] = JSON.parse(key) as string[];
    return JSON.stringify([group, version, scope, same.map(({ operation }) => operation).toSorted()]);
  });
  return [...grouped].map(([key, members]) => {
    const [group, version, scope, operations] = JSON.parse(key) as [string, string, Place['scope'], string[]];
    const resources = members.flatMap(([, [place]]) => (place ? [place.resource] : []));
    return { apiGroups: [group], apiVersions: [version], operations, resources, scope };
  });
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** CEL that holds for requests which the place names. */
export function celOf(place: Place): string {
  const { group, version, operation, scope } = place;
  const [name, sub] = [nameOf(place), subOf(place)];
  const terms = [
    `request.operation == '${operation}'`,
    ...(group === '*' ? [] : [`request.resource.group == '${group}'`]),
    ...(version === '*' ? [] : [`request.resource.version == '${version}'`]),
    ...(name === '*' ? [] : [`request.resource.resource == '${name}'`]),
    ...(sub === '*' ? [] : [sub === '' ? '!has(request.subResource)' : `has(request.subResource) && request.subResource == '${sub}'`]),
    ...(scope === '*' ? [] : [`${scope === 'Namespaced' ? '' : '!'}(has(request.namespace) && request.resource.resource != 'namespaces')`]),
  ];
  return `(${terms.join(' && ')})`;
}
