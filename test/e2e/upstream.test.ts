import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Pool } from 'undici';
import { subjectOf } from '../../src/commands/test/request.ts';
import type { Facts } from '../../src/engine/facts.ts';
import type { Json, JsonObject } from '../../src/kube/json.ts';
import { labelsOf } from '../../src/kube/selector.ts';
import { guardrailSet } from '../../src/policy/guardrail-set.ts';
import { judge } from '../../src/policy/judge.ts';
import { loadGuardrails } from '../../src/policy/load.ts';
import { withUpstream } from '../../src/policy/upstream/with-upstream.ts';
import { readDocuments } from '../../src/yaml/read.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { until } from '../support/until.ts';

/** A policy and its bindings, all of a row; beside it what the object has more. */
type Row = readonly [name: string, policy: string, bindings: readonly string[], object?: string];

const deny = 'validationActions: [Deny]';
const three = 'validations: [{ expression: "object.spec.replicas <= 3" }]';
const byParam =
  'paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "object.spec.replicas <= int(params.data.replicas)" }]';

/** 350,000 of the budget, at once: what loops costs the API server many seconds. */
const checks = "authorizer.group('').resource('pods').check('get').allowed()";
const times = (count: number, item: string): string => Array.from({ length: count }, () => item).join(', ');

const rows: readonly Row[] = [
  ['a violation', three, [deny]],
  ['no violation', 'validations: [{ expression: "object.spec.replicas <= 9" }]', [deny]],
  ['no binding', three, []],
  ['Audit', three, ['validationActions: [Audit]']],
  ['Warn', three, ['validationActions: [Warn]']],
  ['Warn and Audit', three, ['validationActions: [Warn, Audit]']],
  ['one binding audits, one denies', three, ['validationActions: [Audit]', deny]],
  ['a message', 'validations: [{ expression: "object.spec.replicas <= 3", message: " too many " }]', [deny]],
  ['a message expression', `validations: [{ expression: "object.spec.replicas <= 3", message: m, messageExpression: "'  got ' + string(object.spec.replicas)" }]`, [deny]],
  ['a message expression that fails', `validations: [{ expression: "object.spec.replicas <= 3", message: m, messageExpression: "string(object.spec.nope)" }]`, [deny]],
  ['a message expression of two lines', `validations: [{ expression: "object.spec.replicas <= 3", message: m, messageExpression: "'a\\\\nb'" }]`, [deny]],
  ['a message expression of blanks', `validations: [{ expression: "object.spec.replicas <= 3", messageExpression: "'  '" }]`, [deny]],
  ['a message expression that is too long', `validations: [{ expression: "object.spec.replicas <= 3", message: m, messageExpression: "lists.range(6000).map(i, 'x').join()" }]`, [deny]],
  ['the first of two violations', `validations: [{ expression: "object.spec.replicas <= 9" }, { expression: "object.spec.replicas <= 4", message: four }, { expression: "object.spec.replicas <= 3", message: three }]`, [deny]],
  ['an error', 'validations: [{ expression: "object.spec.nope == 1" }]', [deny]],
  ['an error under Ignore', 'failurePolicy: Ignore, validations: [{ expression: "object.spec.nope == 1" }]', [deny]],
  ['an error under Warn', 'validations: [{ expression: "object.spec.nope == 1" }]', ['validationActions: [Warn]']],
  ['a violation under Ignore', `failurePolicy: Ignore, ${three}`, [deny]],
  ['a variable', 'variables: [{ name: r, expression: object.spec.replicas }], validations: [{ expression: "variables.r <= 3" }]', [deny]],
  ['a variable that fails', 'variables: [{ name: r, expression: object.nope }], validations: [{ expression: "variables.r <= 3" }]', [deny]],
  ['a variable of variables', 'variables: [{ name: a, expression: "[1, 2]" }, { name: b, expression: "variables.a.map(x, x + 1)" }], validations: [{ expression: "variables.b == [2, 4]" }]', [deny]],
  ['a condition that holds', `matchConditions: [{ name: a, expression: "object.spec.replicas == 5" }], ${three}`, [deny]],
  ['a condition that does not', `matchConditions: [{ name: a, expression: "object.spec.replicas == 4" }], ${three}`, [deny]],
  ['a condition that fails', `matchConditions: [{ name: a, expression: "object.nope == 4" }], ${three}`, [deny]],
  ['two conditions that fail', `matchConditions: [{ name: a, expression: "object.nope == 4" }, { name: b, expression: "object.no == 4" }], ${three}`, [deny]],
  ['a condition that fails and one that does not hold', `matchConditions: [{ name: a, expression: "object.nope == 4" }, { name: b, expression: "false" }], ${three}`, [deny]],
  ['a condition that fails under Ignore', `failurePolicy: Ignore, matchConditions: [{ name: a, expression: "object.nope == 4" }], ${three}`, [deny]],
  ['a condition that fails under Warn', `matchConditions: [{ name: a, expression: "object.nope == 4" }], ${three}`, ['validationActions: [Warn]']],
  ['a binding for other labels', three, [`${deny}, matchResources: { objectSelector: { matchLabels: { a: b } } }`]],
  ['a binding for these labels', three, [`${deny}, matchResources: { objectSelector: { matchLabels: { app: a } } }`]],
  ['a binding for other namespaces', three, [`${deny}, matchResources: { namespaceSelector: { matchLabels: { env: prod } } }`]],
  ['a binding for this namespace', three, [`${deny}, matchResources: { namespaceSelector: { matchExpressions: [{ key: env, operator: In, values: [test] }] } }`]],
  ['a binding for other resources', three, [`${deny}, matchResources: { resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods] }] }`]],
  ['a binding that excludes', three, [`${deny}, matchResources: { excludeResourceRules: [{ apiGroups: [apps], apiVersions: ["*"], operations: [CREATE], resources: ["deployments/*"] }] }`]],
  ['a binding by name', three, [`${deny}, matchResources: { resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: ["*"], resourceNames: [web] }] }`]],
  ['a binding by another name', three, [`${deny}, matchResources: { resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: ["*"], resourceNames: [d] }] }`]],
  ['a binding for the cluster', three, [`${deny}, matchResources: { resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: ["*"], scope: Cluster }] }`]],
  ['the namespace', `validations: [{ expression: "namespaceObject.metadata.name == 'default' && namespaceObject.metadata.labels.env == 'prod'" }]`, [deny]],
  ['the namespace in a condition', `matchConditions: [{ name: a, expression: "namespaceObject == null" }], ${three}`, [deny]],
  ['the request', `validations: [{ expression: "request.operation == 'CREATE' && request.kind.kind == 'Deployment' && request.resource.resource == 'deployments' && request.namespace == 'default' && request.name == 'web' && !has(request.subResource) && oldObject == null" }, { expression: "request.dryRun && request.userInfo.username == 'nobody'", message: who }]`, [deny]],
  ['the namespace of the object', `validations: [{ expression: "object.metadata.namespace != 'default'" }]`, [deny]],
  ['what the API server fills in for a workload', `variables: [{ name: pod, expression: object.spec.template.spec }], validations: [{ expression: "false", messageExpression: "[string(object.spec.strategy.type), string(object.spec.revisionHistoryLimit), string(object.spec.progressDeadlineSeconds), string(variables.pod.restartPolicy), string(variables.pod.dnsPolicy), string(variables.pod.schedulerName), string(variables.pod.terminationGracePeriodSeconds), string(has(variables.pod.securityContext)), string(has(variables.pod.volumes)), string(has(variables.pod.enableServiceLinks))].join(' ')" }]`, [deny]],
  ['what the API server fills in for a container', `variables: [{ name: c, expression: "object.spec.template.spec.containers[0]" }], validations: [{ expression: "false", messageExpression: "[string(variables.c.imagePullPolicy), string(variables.c.terminationMessagePath), string(variables.c.terminationMessagePolicy), string(size(variables.c.resources)), string(has(variables.c.ports))].join(' ')" }]`, [deny]],
  ['a param', byParam, [`${deny}, paramRef: { name: nine, parameterNotFoundAction: Deny }`]],
  ['a param that refuses', byParam, [`${deny}, paramRef: { name: four, parameterNotFoundAction: Deny }`]],
  ['a param of another namespace', byParam, [`${deny}, paramRef: { name: four, namespace: other, parameterNotFoundAction: Deny }`]],
  ['a param that is not there', byParam, [`${deny}, paramRef: { name: none, parameterNotFoundAction: Deny }`]],
  ['a param that is not there, under Audit', byParam, ['validationActions: [Audit], paramRef: { name: none, parameterNotFoundAction: Deny }']],
  ['a param that is not there, under Ignore', `failurePolicy: Ignore, ${byParam}`, [`${deny}, paramRef: { name: none, parameterNotFoundAction: Deny }`]],
  ['a param that need not be there', byParam, [`${deny}, paramRef: { name: none, parameterNotFoundAction: Allow }`]],
  ['params by labels, one of which refuses', byParam, [`${deny}, paramRef: { selector: { matchLabels: { size: some } }, parameterNotFoundAction: Deny }`]],
  ['params by labels that none has', byParam, [`${deny}, paramRef: { selector: { matchLabels: { size: none } }, parameterNotFoundAction: Deny }`]],
  ['no reference to params', 'paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "params != null" }]', [deny]],
  ['an audit annotation', 'auditAnnotations: [{ key: k, valueExpression: "string(object.spec.replicas)" }]', [deny]],
  ['an audit annotation that fails', 'auditAnnotations: [{ key: k, valueExpression: "string(object.nope)" }]', ['validationActions: [Audit]']],
  ['an audit annotation that fails under Ignore', 'failurePolicy: Ignore, auditAnnotations: [{ key: k, valueExpression: "string(object.nope)" }]', [deny]],
  ['an audit annotation beside a violation', `auditAnnotations: [{ key: k, valueExpression: "'x'" }], ${three}`, [deny]],
  ['an expression that costs too much', 'validations: [{ expression: "lists.range(1000).all(x, lists.range(1000).all(y, true))" }]', [deny]],
  ['expressions that cost too much together', `validations: [${times(29, `{ expression: "${checks}" }`)}, { expression: "true" }]`, [deny]],
  ['expressions that cost too much together, under Ignore', `failurePolicy: Ignore, validations: [${times(29, `{ expression: "${checks}" }`)}, { expression: "false" }]`, [deny]],
  ['messages that cost too much', `validations: [${times(28, `{ expression: "${checks}", messageExpression: "string(lists.range(1000).all(x, lists.range(60).all(y, true)))" }`)}]`, [deny]],
  ['messages that cost too much, under Ignore', `failurePolicy: Ignore, validations: [${times(28, `{ expression: "${checks}", messageExpression: "string(lists.range(1000).all(x, lists.range(60).all(y, true)))" }`)}, { expression: "false" }]`, [deny]],
  ['conditions that cost too much', `matchConditions: [${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `{ name: c${n}, expression: "${checks}" }`).join(', ')}], ${three}`, [deny]],
  ['what the authorizer says', `validations: [{ expression: "${checks}" }, { expression: "!${checks}", message: may }]`, [deny]],
]; // prettier-ignore

const resourceRules = '[{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments] }]';
const kindOf = (kind: string, name: string, spec: string): string =>
  `apiVersion: admissionregistration.k8s.io/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`;

function policiesOf([, policy, bindings]: Row, index: number): string[] {
  const match = `matchConstraints: { objectSelector: { matchLabels: { row: "r${index}" } }, resourceRules: ${resourceRules} }`;
  return [
    kindOf('ValidatingAdmissionPolicy', `p${index}`, `${match}, ${policy}`),
    ...bindings.map((binding, at) => kindOf('ValidatingAdmissionPolicyBinding', `b${index}-${at}`, `policyName: p${index}, ${binding}`)),
  ];
}

const limit = (name: string, namespace: string, replicas: number, size: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: ${namespace}, labels: { size: ${size} } }\ndata: { replicas: "${replicas}" }\n`;
const params = [limit('nine', 'default', 9, 'some'), limit('four', 'default', 4, 'some'), limit('four', 'other', 44, 'many')];

const deployment = (row: string): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'a', row } },
  spec: {
    replicas: 5,
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
  },
});

interface Outcome {
  readonly denied: string | null;
  readonly warned: readonly string[];
}

describeEndToEnd('admission policies, as the API server has them', () => {
  let plane: ControlPlane;
  let pool: Pool;
  beforeAll(async () => {
    plane = await startControlPlane();
    pool = new Pool(plane.url, { connections: 8, connect: { rejectUnauthorized: false } });
    await plane.must(['create', 'namespace', 'other']);
    await plane.must(['label', 'namespace', 'default', 'env=test']);
    const last = policiesOf(['last', 'validations: [{ expression: "false" }]', [deny]], rows.length);
    await plane.must(['apply', '-f', '-'], { input: [...params, ...rows.flatMap(policiesOf), ...last].join('---\n') });
    await until('the last policy is in force', async () => (await theirs(`r${rows.length}`)).denied !== null);
  });
  afterAll(async () => {
    await pool?.close();
    await plane?.stop();
  });

  test('every row gets its verdict, its message and its warnings', async () => {
    const namespace = JSON.parse(await plane.must(['get', 'namespace', 'default', '-o', 'json'])) as Json;
    const outcomes = await Promise.all(
      rows.map(async (row, index) => [row[0], ours(row, index, namespace), await theirs(`r${index}`)] as const),
    );
    const wrong = outcomes.filter(([, mine, server]) => JSON.stringify(mine) !== JSON.stringify(server));
    expect(wrong).toEqual([]);
  });

  async function theirs(row: string): Promise<Outcome> {
    const { headers, body } = await pool.request({
      method: 'POST',
      path: '/apis/apps/v1/namespaces/default/deployments?dryRun=All',
      headers: { authorization: `Bearer ${plane.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(deployment(row)),
    });
    const { message = '', status } = (await body.json()) as { message?: string; status?: unknown };
    const lines = [headers['warning'] ?? []].flat().join(', ');
    return {
      denied: status === 'Failure' ? message.replace(/^.*? denied request: /s, '') : null,
      warned: [...lines.matchAll(/with binding '[^']*': (.*?)"(?:,|$)/g)].map(([, text = '']) => text),
    };
  }
});

function ours(row: Row, index: number, namespace: Json): Outcome {
  const text = [...params, ...policiesOf(row, index)].join('---\n');
  const { upstream } = loadGuardrails([{ file: 'f.yaml', text, origin: '' }], { now: 0, maxLifetime: 1 });
  const facts: Facts = {
    now: Date.now(),
    namespace: () => ({ labels: labelsOf(namespace) ?? {}, object: namespace }),
    access: () => ({ allowed: true, reason: '' }),
  };
  const [document] = readDocuments(JSON.stringify(deployment(`r${index}`)));
  if (document === undefined || 'error' in document) throw new Error('no object');
  const subject = subjectOf({ user: { username: 'admin' } }, document.value as JsonObject);
  const dry = { ...subject, dryRun: true };
  const { findings } = judge(withUpstream(guardrailSet([], 'Enforce'), upstream), dry, facts);
  const of = (mode: string): string[] => findings.filter((finding) => finding.mode === mode).map(({ message }) => message);
  return { denied: of('Enforce')[0] ?? null, warned: of('Warn') };
}
