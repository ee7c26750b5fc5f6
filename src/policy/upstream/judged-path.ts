import type { Variable } from '../../api/upstream/expressions.ts';
import { parse } from '../../cel/parser.ts';
import { reads } from '../../cel/reads.ts';
import { formatPath } from '../../kube/field-path.ts';

/** Fields that say of what is judged which one it is, and seldom are what is wrong with it. */
const identity = new Set(['kind', 'apiVersion', 'metadata.name', 'metadata.namespace']);

/** The field of the object that an expression judges: the closest that holds all that it reads, directly and through variables. Else `''`. */
export function judgedPath(expression: string, variables: readonly Variable[]): string {
  const places = placesIn(expression, variables);
  const telling = places.filter((place) => !identity.has(place.join('.')));
  const [first = [], ...others] = telling.length > 0 ? telling : places;
  return formatPath(others.reduce<readonly string[]>(shared, first));
}

type Place = readonly string[];

function placesIn(expression: string, variables: readonly Variable[]): Place[] {
  const parsed = parse(expression);
  if (!parsed.ok) return [];
  return reads(parsed.expr).flatMap(({ root, fields }) => {
    if (root === 'object') return fields.length > 0 ? [fields] : [];
    if (root !== 'variables') return [];
    const [name = '', ...below] = fields;
    // A variable sees those before it only, so this ends.
    const at = variables.findLastIndex((variable) => variable.name === name);
    const variable = variables[at];
    if (variable === undefined) return [];
    if (isObjectOrOld(variable.expression)) return below.length > 0 ? [below] : [];
    const found = placesIn(variable.expression, variables.slice(0, at));
    return isPlace(variable.expression) ? found.map((place) => [...place, ...below]) : found;
  });
}

/** Whether all of an expression is one field of the object, so that what lies below it is a field too. */
const isPlace = (expression: string): boolean => /^\s*object(\.[A-Za-z_]\w*)+\s*$/.test(expression);

function shared(a: Place, b: Place): Place {
  const end = a.findIndex((field, index) => field !== b[index]);
  return end === -1 ? a : a.slice(0, end);
}

/** What stands for the object, and for the old one where it is deleted. */
const isObjectOrOld = (expression: string): boolean => /\boldObject\s*:\s*object\s*\)?\s*$/.test(expression);
