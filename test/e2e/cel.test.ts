import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Pool } from 'undici';
import { compile } from '../../src/cel/compile.ts';
import { trimSpace } from '../../src/cel/library/strings.ts';
import { Meter } from '../../src/cel/meter.ts';
import { compileError } from '../../src/cel/render-issue.ts';
import { bool, string, typeName } from '../../src/cel/type.ts';
import { isError } from '../../src/cel/value.ts';
import type { Value } from '../../src/cel/value.ts';
import { readLines } from '../cel/compare.ts';
import type { Row } from '../cel/compare.ts';
import { exceptions } from '../cel/exceptions.ts';
import { parseRaw } from '../cel/exact-json.ts';
import { judging } from '../cel/judged.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { until } from '../support/until.ts';

const judged = judging()({ expression: '', answer: {} });
const create = (
  parseRaw(readFileSync(new URL('../cel/bindings.json', import.meta.url), 'utf8')) as Record<string, { object: { spec: unknown } }>
)['create'];

/** Rows that ask of nothing but the spec of the object: all else the server fills in itself. */
const rows = readLines<Row>(new URL('../cel/expressions.ndjson', import.meta.url)).filter(
  ({ expression, with: set, kind }) =>
    set === undefined &&
    kind === undefined &&
    expression.trim() !== '' &&
    expression.length < 2_000 &&
    !exceptions.has(expression) &&
    !/\b(request|namespaceObject|params|metadata|authorizer|variables|oldObject)\b/.test(expression) &&
    !/\bobject\b(?!\s*\.\??\s*spec\b)/.test(expression),
);
const every = (count: number, of: readonly Row[]): Row[] => of.filter((_row, index) => index % Math.ceil(of.length / count) === 0);
const scalars = new Set(['int', 'uint', 'double', 'string', 'google.protobuf.Timestamp', 'google.protobuf.Duration']);

const compiled = every(1200, rows);
const judgedRows = [
  ...every(400, rows.filter(({ answer }) => answer.type === 'bool')),
  ...every(400, rows.filter(({ answer }) => scalars.has(answer.type ?? ''))),
]; // prettier-ignore

describeEndToEnd('CEL, as the API server has it', () => {
  let plane: ControlPlane;
  let pool: Pool;
  beforeAll(async () => {
    plane = await startControlPlane();
    pool = new Pool(plane.url, { connections: 8, connect: { rejectUnauthorized: false } });
    await plane.must(['apply', '-f', '-'], { input: JSON.stringify(widgets) });
    await until('widgets are served', async () => (await post('dryRun=All', widget('none'))).status === 201);
  });
  afterAll(async () => {
    await pool?.close();
    await plane?.stop();
  });

  test('refuses the same expressions, in the same words', async () => {
    const wrong = await inParallel(compiled, async ({ expression }) => {
      const { body } = await post('dryRun=All', policy('refused', { expression }));
      const [theirs, ours] = [refusalOf(body), ourRefusal(expression)];
      const same = theirs?.includes('Syntax error') === true ? ours !== null : theirs === ours;
      return same ? [] : [{ expression, ours, theirs }];
    });
    expect(wrong).toEqual([]);
  });

  test('judges the same objects the same, with the same message', async () => {
    const validations = judgedRows.map(validationOf);
    await inParallel([...validations.entries()], async ([index, validation]) => {
      await must(policy(`row-${index}`, validation));
      await must(binding(`row-${index}`));
      return [];
    });
    await until('the last policy is in force', async () => {
      await must(policy('last', { expression: '1 == 2' })).catch(() => undefined);
      await must(binding('last')).catch(() => undefined);
      return (await post('dryRun=All', widget('last'))).status !== 201;
    });
    const wrong = await inParallel([...validations.entries()], async ([index, validation]) => {
      const { body } = await post('dryRun=All', widget(`row-${index}`));
      const [theirs, ours] = [denialOf(body), ourDenial(validation)];
      return theirs === ours ? [] : [{ validation, ours, theirs }];
    });
    expect(wrong).toEqual([]);
  });

  async function post(query: string, { path, text }: Posted): Promise<{ status: number; body: Status }> {
    const headers = { authorization: `Bearer ${plane.adminToken}`, 'content-type': 'application/json' };
    const { statusCode, body } = await pool.request({ method: 'POST', path: `${path}?${query}`, headers, body: text });
    return { status: statusCode, body: (await body.json()) as Status };
  }

  async function must(posted: Posted): Promise<void> {
    const { status, body } = await post('', posted);
    if (status !== 201) throw new Error(body.message);
  }
});

interface Validation {
  readonly expression: string;
  readonly messageExpression?: string;
}

interface Posted {
  readonly path: string;
  readonly text: string;
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly message: string }[] };
}

/** What is no verdict itself is shown as text in the message. */
const validationOf = ({ expression, answer }: Row): Validation =>
  answer.type === 'bool' ? { expression } : { expression: '1 == 2', messageExpression: `string(${expression}\n)` };

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<readonly R[]>): Promise<R[]> {
  const results: R[] = [];
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) results.push(...(await work(item)));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return results;
}

const refusalOf = ({ details }: Status): string | null =>
  details?.causes?.[0]?.message.replace(/^(?:Invalid value: .*?"|Internal error): (?=compilation|program|must)/s, '') ?? null;

function ourRefusal(expression: string): string | null {
  const result = compile(expression, judged.environment, [bool]);
  return result.ok ? null : compileError(expression, result.issues);
}

/** Behind the names of policy and binding. */
const denialOf = ({ message }: Status): string | null => message?.match(/denied request: (.*)$/s)?.[1] ?? null;

function ourDenial({ expression, messageExpression }: Validation): string | null {
  const value = evaluated(expression, bool);
  if (isError(value)) return `expression '${expression}' resulted in error: ${value.message}`;
  if (value === true) return null;
  const message = messageExpression === undefined ? null : evaluated(messageExpression, string);
  const told = typeof message === 'string' && !message.includes('\n') ? trimSpace(message) : '';
  return told === '' ? `failed expression: ${expression.trim()}` : told;
}

function evaluated(expression: string, type: typeof bool): Value {
  const result = compile(expression, judged.environment, [type]);
  if (!result.ok) throw new Error(`${expression} is no ${typeName(type)}`);
  return result.program.evaluate(judged.bindings, new Meter(1_000_000));
}

const admission = '/apis/admissionregistration.k8s.io/v1';

function policy(name: string, validation: Validation): Posted {
  const matchConstraints = {
    objectSelector: { matchLabels: { row: name } },
    resourceRules: [{ apiGroups: ['example.dev'], apiVersions: ['*'], resources: ['widgets'], operations: ['CREATE'] }],
  };
  const spec = { failurePolicy: 'Fail', matchConstraints, validations: [validation] };
  const text = JSON.stringify({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec,
  });
  return { path: `${admission}/validatingadmissionpolicies`, text };
}

function binding(name: string): Posted {
  const spec = { policyName: name, validationActions: ['Deny'] };
  const text = JSON.stringify({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec,
  });
  return { path: `${admission}/validatingadmissionpolicybindings`, text };
}

function widget(row: string): Posted {
  const object = { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'web', labels: { row } }, spec: create?.object.spec };
  return { path: '/apis/example.dev/v1/namespaces/default/widgets', text: JSON.stringify(object) };
}

const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const widgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.dev' },
  spec: {
    group: 'example.dev',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: free } } } }],
  },
};
