import { readFileSync } from 'node:fs';
import { admissionEnvironment, variableType } from '../../src/cel/admission-environment.ts';
import { compile } from '../../src/cel/compile.ts';
import type { Environment } from '../../src/cel/environment.ts';
import { functions } from '../../src/cel/function.ts';
import type { Functions } from '../../src/cel/function.ts';
import { kubernetesFunctions } from '../../src/cel/kubernetes-functions.ts';
import { LazyVariables } from '../../src/cel/lazy-variables.ts';
import { Authorizer, ResourceCheck } from '../../src/cel/library/authorizer-value.ts';
import type { AccessQuery, Ask } from '../../src/cel/library/authorizer-value.ts';
import { optionals } from '../../src/cel/library/optional.ts';
import { standard } from '../../src/cel/library/standard.ts';
import { Meter } from '../../src/cel/meter.ts';
import type { Bindings, Program } from '../../src/cel/program.ts';
import { dyn } from '../../src/cel/type.ts';
import type { Type } from '../../src/cel/type.ts';
import type { Value } from '../../src/cel/value.ts';
import type { Judged, Row } from './compare.ts';
import { parseValues } from './exact-json.ts';
import { objects } from './random-object.ts';

interface Given {
  readonly object: Value;
  readonly oldObject?: Value;
  readonly params?: Value;
  readonly request?: Value;
  readonly namespaceObject?: Value;
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly authorizer?: readonly AccessRule[];
}

interface AccessRule {
  readonly when: Readonly<Record<string, string>>;
  readonly decision: 'allow' | 'deny' | 'none';
  readonly reason?: string;
  readonly error?: string;
}

const PER_CALL = 1_000_000;
const sets = parseValues(readFileSync(new URL('bindings.json', import.meta.url), 'utf8')) as Readonly<Record<string, Given>>;
const randomObjects = objects.map((text) => parseValues(text) as Value);

/** Every function of a ValidatingAdmissionPolicy. */
export const allFunctions: Functions = merged(functions(standard, optionals), kubernetesFunctions());

/** What the rows of the tables are judged in: the environment of their set of bindings, made once. */
export function judging(): (row: Row) => Judged {
  const declared = new Map(Object.entries(sets).map(([name, given]) => [name, declare(given)]));
  return ({ with: name = 'create', object }) => {
    const [given, { environment, programs }] = [sets[name], declared.get(name) ?? declare(undefined)];
    if (given === undefined) throw new Error(`bindings.json has no set ${name}`);
    let spent = 0;
    const bound = { ...bind(given), ...(object === undefined ? {} : { object: randomObjects[object] ?? null }) };
    const variables = new LazyVariables(programs, bound, () => new Meter(PER_CALL), (units) => (spent += units)); // prettier-ignore
    return { environment, bindings: variables.bindings, spent: () => spent };
  };
}

interface Declared {
  readonly environment: Environment;
  readonly programs: ReadonlyMap<string, Program>;
}

/** Each variable sees those before it; one that does not compile is dyn and has no value. */
function declare(given: Given | undefined): Declared {
  const types = new Map<string, Type>();
  const programs = new Map<string, Program>();
  const options = { params: given?.params !== undefined, authorizer: true };
  for (const { name, expression } of given?.variables ?? []) {
    const compiled = compile(expression, admissionEnvironment(allFunctions, { ...options, variables: types }));
    types.set(name, compiled.ok ? variableType(compiled.program.type) : dyn);
    if (compiled.ok) programs.set(name, compiled.program);
  }
  return { environment: admissionEnvironment(allFunctions, { ...options, variables: types }), programs };
}

function bind({ object, oldObject = null, params = null, request = {}, namespaceObject = null, authorizer = [] }: Given): Bindings {
  const { resource, subResource = '', name = '', namespace = '' } = request as unknown as Requested;
  const asked: Ask = (query) => decide(authorizer, query);
  const attributes = { group: resource?.group ?? '', resource: resource?.resource ?? '', subresource: subResource, namespace, name };
  const authorizers = { authorizer: new Authorizer(asked), 'authorizer.requestResource': new ResourceCheck(asked, undefined, attributes) };
  return { object, oldObject, params, request, namespaceObject, ...authorizers };
}

interface Requested {
  readonly resource?: { readonly group: string; readonly resource: string };
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
}

function decide(rules: readonly AccessRule[], query: AccessQuery): ReturnType<Ask> {
  const { serviceAccount, ...rest } = query;
  const user = serviceAccount === undefined ? 'alice' : `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;
  const asked: Readonly<Record<string, string | undefined>> = { ...rest, user };
  const rule = rules.find(({ when }) => Object.entries(when).every(([key, value]) => (asked[key] ?? '') === value));
  return { allowed: rule?.decision === 'allow', reason: rule?.reason ?? '', error: rule?.error ?? '' };
}

function merged(...all: readonly Functions[]): Functions {
  return functions(all.flatMap((one) => [...one.values()].flat()));
}
