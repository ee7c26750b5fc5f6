import type { LabelSelector } from '../api/selector.ts';
import type { Json } from './json.ts';
import { isObject } from './json.ts';

export type Labels = Readonly<Record<string, string>>;

/** What of a selector the API server would refuse: paths inside the selector, and why. */
export function selectorFaults(selector: LabelSelector): { path: string; message: string }[] {
  const labels = Object.entries(selector.matchLabels ?? {}).flatMap(([key, value]) =>
    [keyFault(key), valueFault(value)].flatMap((message) => (message === null ? [] : [{ path: `matchLabels[${key}]`, message }])),
  );
  const expressions = (selector.matchExpressions ?? []).flatMap(({ key, operator, values = [] }, index) => {
    const path = `matchExpressions[${index}]`;
    const wantsValues = operator === 'In' || operator === 'NotIn';
    const count = wantsValues === values.length > 0 ? null : `${operator} takes ${wantsValues ? 'at least one value' : 'no values'}`;
    return [
      ...fault(`${path}.key`, keyFault(key)),
      ...fault(`${path}.values`, count),
      ...values.flatMap((value, at) => fault(`${path}.values[${at}]`, valueFault(value))),
    ];
  });
  return [...labels, ...expressions];
}

/** Whether labels match, as apimachinery's LabelSelectorAsSelector has it: NotIn also holds where the label is absent. */
export function compileSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): (labels: Labels) => boolean {
  const requirements = [
    ...Object.entries(matchLabels).map(
      ([key, value]) =>
        (labels: Labels) =>
          valueOf(labels, key) === value,
    ),
    ...matchExpressions.map((expression) => requirement(expression)),
  ];
  return (labels) => requirements.every((holds) => holds(labels));
}

/** As a query of the API server writes it: `team=a,tier in (x,y),!canary`. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}

/** A selector without requirements matches everything, without looking at labels. */
export const selectsAll = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;

/** Keys of the labels that a selector looks at. */
export const selectorKeys = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] => [
  ...Object.keys(matchLabels),
  ...matchExpressions.map(({ key }) => key),
];

/** The labels of an object; what is no label is left out. Null where it has no metadata to carry any. */
export function labelsOf(object: Json): Labels | null {
  const metadata = isObject(object) ? object['metadata'] : null;
  if (!isObject(metadata)) return null;
  const labels = isObject(metadata['labels']) ? metadata['labels'] : {};
  return Object.fromEntries(Object.entries(labels).flatMap(([key, value]) => (isLabel(value) ? [[key, value ?? '']] : [])));
}

// Go decodes null into an empty string.
const isLabel = (value: Json | undefined): value is string | null => value === null || typeof value === 'string';

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

function requirement({ key, operator, values = [] }: Expression): (labels: Labels) => boolean {
  const has = (labels: Labels): boolean => Object.hasOwn(labels, key);
  const among = new Set(values);
  const isIn = (labels: Labels): boolean => has(labels) && among.has(valueOf(labels, key) ?? '');
  return {
    In: isIn,
    NotIn: (labels: Labels) => !isIn(labels),
    Exists: has,
    DoesNotExist: (labels: Labels) => !has(labels),
  }[operator];
}

const valueOf = (labels: Labels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);

const fault = (path: string, message: string | null): { path: string; message: string }[] => (message === null ? [] : [{ path, message }]);

const name = /^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What is wrong with a key of a label, or null. */
export function keyFault(key: string): string | null {
  const slash = key.indexOf('/');
  const prefix = slash === -1 ? null : key.slice(0, slash);
  if (prefix !== null && (prefix.length > 253 || !subdomain.test(prefix)))
    return `${JSON.stringify(prefix)} is no prefix of a label: a DNS subdomain is expected`;
  return name.test(key.slice(slash + 1))
    ? null
    : `${JSON.stringify(key)} is no key of a label: up to 63 letters, digits, -, _ and . are expected, after a prefix and a slash at most`;
}

/** What is wrong with a value of a label, or null. */
export const valueFault = (value: string): string | null =>
  value === '' || name.test(value)
    ? null
    : `${JSON.stringify(value)} is no value of a label: up to 63 letters, digits, -, _ and . are expected`;
