import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { ExceptionDocument } from '../src/api/guardrail-exception.ts';
import { checks } from '../src/checks/index.ts';
import { run as scan } from '../src/commands/scan.ts';
import { messageKey } from '../src/commands/test/message-key.ts';
import { subjectOf } from '../src/commands/test/request.ts';
import type { Facts } from '../src/engine/facts.ts';
import type { Finding, Mode, Verdict } from '../src/engine/finding.ts';
import { fromManifest } from '../src/engine/from-manifest.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { isObject } from '../src/kube/json.ts';
import { parseTime } from '../src/kube/time.ts';
import { workloadOfKind } from '../src/kube/workload.ts';
import type { GuardrailSet } from '../src/policy/guardrail-set.ts';
import { judge } from '../src/policy/judge.ts';
import { warnings } from '../src/policy/refusal.ts';
import { judgeRequest } from '../src/webhook/judge-request.ts';
import { readDocuments } from '../src/yaml/read.ts';
import type { Spec } from './support/judging.ts';
import { documentOf, factsOf, setOf } from './support/judging.ts';
import { newServer, review } from './support/webhook.ts';

// The product's first promise: the same policies, exceptions and clock give the same verdict at every door.

const root = new URL('../', import.meta.url);

interface Row {
  readonly id: string;
  readonly name: string;
  readonly params: JsonObject;
  readonly pod: JsonObject;
  readonly expect: readonly string[];
}

let home: string;
let rows: readonly Row[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-parity-'));
  const folder = new URL('test/checks/', root);
  const files = (await readdir(folder)).toSorted();
  rows = (
    await Promise.all(files.map(async (file) => tableOf(file.replace(/\.yaml$/, ''), await readFile(new URL(file, folder), 'utf8'))))
  ).flat();
});
afterAll(() => rm(home, { recursive: true, force: true }));

function tableOf(id: string, text: string): Row[] {
  const [document] = readDocuments(text);
  if (document === undefined || 'error' in document) throw new Error(`no table ${id}`);
  return (document.value as unknown as Row[]).map((row) => ({ ...row, params: row.params ?? {}, id }));
}

// ---- every row

test.each<Mode>(['Enforce', 'Warn', 'Audit'])('rows of all checks, in mode %s', async (mode) => {
  const groups = [...Map.groupBy(rows, ({ id, params }) => `${id} ${JSON.stringify(params)}`).values()];
  const seen = new Set<Verdict['verdict']>();
  const found: { row: string; found: string[] }[] = [];
  const wanted: typeof found = [];
  for (const group of groups) {
    const [{ id, params }] = group as [Row];
    const spec = { mode, rules: [{ check: id, with: params }] };
    const judged = await atEveryDoor({ spec, objects: group.flatMap(bothKinds) });
    for (const [index, row] of group.entries()) {
      const pod = judged[index * 2];
      seen.add(pod?.verdict ?? 'skip');
      found.push({ row: row.name, found: keysOf(pod) });
      // Of a volume without a source, which the table has, the API server makes an emptyDir.
      wanted.push({ row: row.name, found: row.expect.filter((line) => !isDefaulted(row, line)) });
    }
  }
  expect(found).toEqual(wanted);
  expect(groups.length).toBeGreaterThan(checks.size);
  expect([...seen].toSorted()).toEqual(mode === 'Audit' ? ['allow'] : ['allow', { Enforce: 'deny', Warn: 'warn', Off: '' }[mode]]);
});

test.each<[string, Spec]>([
  ['restricted', { mode: 'Enforce', rules: [{ podSecurity: { level: 'restricted' } }] }],
  ['baseline, which warns', { mode: 'Warn', rules: [{ podSecurity: { level: 'baseline' } }] }],
  ['an old version, and a rule of another mode', { mode: 'Warn', rules: [{ podSecurity: { level: 'restricted', version: 'v1.24' } }, { check: 'privileged', mode: 'Enforce' }] }],
])('all rows at the level %s', async (_, spec) => {
  const judged = await atEveryDoor({ spec, objects: rows.flatMap(bothKinds) });
  expect(new Set(judged.map(({ verdict }) => verdict)).size).toBeGreaterThan(1);
}); // prettier-ignore

// ---- clock, namespaces, exceptions

const shop = { kind: 'GuardrailException', metadata: { name: 'agent', namespace: 'shop', creationTimestamp: '2026-12-01T00:00:00Z' } };
const exception = { apiVersion: 'sallyport.dev/v1alpha1', ...shop, spec: { guardrail: 'g', rules: ['privileged'], match: { name: 'agent' }, reason: 'r', owner: 'o', expiresAt: '2027-02-01T00:00:00Z' } } as ExceptionDocument; // prettier-ignore
const calendar: Spec = {
  mode: 'Audit',
  schedule: [{ from: '2027-01-01T00:00:00Z', mode: 'Enforce', namespaceSelector: { matchLabels: { tier: 'prod' } } }],
  exceptions: { namespaces: ['shop'] },
  exempt: { namespaces: ['ops'] },
  rules: [{ check: 'privileged' }, { check: 'host-namespaces' }],
};
const agent = (namespace: string, hostPID: boolean): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'agent', namespace },
  spec: { hostPID, containers: [{ name: 'a', securityContext: { privileged: true } }] },
});

test.each<[string, string, Verdict['verdict'][]]>([
  ['before the schedule', '2026-12-31T23:59:59Z', ['allow', 'allow', 'allow', 'skip']],
  ['under it, and in the last week of the exception', '2027-01-31T00:00:00Z', ['warn', 'deny', 'deny', 'skip']],
  ['when the exception has run out', '2027-02-01T00:00:00Z', ['deny', 'deny', 'deny', 'skip']],
])('labels, schedule and exceptions: %s', async (_, now, verdicts) => {
  const objects = [agent('shop', false), agent('shop', true), agent('bank', false), agent('ops', false)];
  const judged = await atEveryDoor({ spec: calendar, objects, exceptions: [exception], now, labels: { tier: 'prod' } });
  expect(judged.map(({ verdict }) => verdict)).toEqual(verdicts);
});

// ---- doors

interface Asked {
  readonly spec: Spec;
  readonly objects: readonly JsonObject[];
  readonly exceptions?: readonly ExceptionDocument[];
  readonly now?: string;
  /** Of every namespace. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Findings in the order of the engine; what it says when they are the same everywhere. */
async function atEveryDoor(asked: Asked): Promise<readonly Judged[]> {
  const { spec, objects, exceptions = [], now = '2026-12-01T00:00:00Z', labels = {} } = asked;
  const set = setOf(spec, exceptions);
  const facts = factsOf({ shop: labels, bank: labels, ops: labels, default: labels }, parseTime(now) ?? 0);
  const engine = objects.map((object) => judgedOf(judge(set, fromManifest(object, 'default'), facts)));
  expect(objects.map((object) => judgedOf(judge(set, subjectOf({}, object), facts)))).toEqual(engine);
  expect(await atTheServer(set, facts, objects)).toEqual(engine);
  expect(await inAScan(asked, now)).toEqual(engine);
  return engine;
}

type Judged = Pick<Verdict, 'verdict'> & { findings: Partial<Finding>[] };

const judgedOf = ({ verdict, findings }: Pick<Verdict, 'verdict' | 'findings'>): Judged => ({
  verdict,
  findings: findings.map(({ guardrail, rule, check, control, mode, severity, state, message, path, cure }) => ({ guardrail, rule, check, control, mode, severity, state, message, path, cure })), // prettier-ignore
});

/** What the server decides of the review of each object, held to what it answers. */
async function atTheServer(set: GuardrailSet, facts: Facts, objects: readonly JsonObject[]): Promise<Judged[]> {
  const judged: Judged[] = [];
  const answer = judgeRequest({ inForce: () => set, facts: () => facts, now: () => performance.now() });
  const { app } = newServer({
    async answer(request, deadline) {
      const answered = await answer(request, deadline);
      judged.push(judgedOf(answered.decision));
      return answered;
    },
  });
  for (const object of objects) {
    const { response } = (await app.inject({ method: 'POST', url: '/validate', payload: reviewOf(object) })).json<{ response: Response }>();
    const said = judge(set, fromManifest(object, 'default'), facts);
    const denying = said.findings.filter(({ mode, state }) => mode === 'Enforce' && state === 'active');
    expect({ allowed: response.allowed, causes: causesOf(response), warnings: response.warnings ?? [] }).toEqual({
      allowed: said.verdict !== 'deny',
      causes: denying.map(({ path }) => path),
      warnings: warnings(said),
    });
  }
  return judged;
}

const causesOf = ({ status }: Response): string[] => status?.details.causes.map(({ field }) => field) ?? [];

interface Response {
  readonly allowed: boolean;
  readonly status?: { readonly details: { readonly causes: readonly { readonly field: string }[] } };
  readonly warnings?: readonly string[];
}

/** As the API server posts it, with the one default that it fills in and a check can see. */
function reviewOf(object: JsonObject): JsonObject {
  const { kind, apiVersion, metadata } = object as { kind: string; apiVersion: string; metadata?: JsonObject | null };
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const resource = workloadOfKind(group, kind)?.resource;
  return review({
    kind: { group, version, kind },
    resource: { group, version, resource },
    name: null,
    namespace: metadata?.['namespace'] ?? 'default',
    userInfo: {},
    object: JSON.parse(JSON.stringify(object), filled),
  }) as unknown as JsonObject;
}

const filled = (key: string, value: Json): Json => (key === 'volumes' && Array.isArray(value) ? value.map(withSource) : value);

function withSource(volume: Json): Json {
  const named = volume ?? {};
  if (!isObject(named)) return volume;
  const { name, ...sources } = named;
  return Object.values(sources).every((source) => source === null) ? { name, ...sources, emptyDir: {} } : volume;
}

/** What `scan` says of one file with all the objects. */
async function inAScan({ spec, objects, exceptions = [], labels }: Asked, now: string): Promise<Judged[]> {
  const policies = join(home, 'policies.yaml');
  const file = join(home, 'objects.yaml');
  await writeFile(policies, yaml([documentOf(spec), ...exceptions]));
  await writeFile(file, yaml(objects));
  let stdout = '';
  const given = Object.entries(labels ?? {}).map(([key, value]) => `--namespace-labels=${key}=${value}`);
  await scan(['--policies', policies, '--no-config', '--now', now, '--format', 'json', ...given, file], {
    stdout: (text) => void (stdout += text),
    stderr: () => {},
    stdin: async () => Buffer.alloc(0),
    cwd: home,
    env: {},
    now: () => new Date(0),
    root,
    version: '1.2.3',
    termination: () => new AbortController().signal,
  });
  const report = JSON.parse(stdout) as { errors: unknown[]; results: Verdict[] };
  expect(report.errors).toEqual([]);
  return report.results.map(({ verdict, findings }) => judgedOf({ verdict, findings: findings.filter(isOfTheSet) }));
}

/** A scan also tells of fields that do nothing where they stand, in the name of no guardrail; that must never weigh on a verdict. */
function isOfTheSet({ guardrail, mode }: Finding): boolean {
  if (guardrail === 'g') return true;
  expect({ guardrail, mode }).toEqual({ guardrail: 'sallyport', mode: 'Audit' });
  return false;
}

/** Words that YAML 1.1 takes for something else are quoted. */
const yaml = (documents: readonly unknown[]): string => documents.map((document) => stringify(document, { version: '1.1' })).join('---\n');

// ---- rows

/** The row's pod, and as the template of a Deployment. */
function bothKinds({ pod }: Row): JsonObject[] {
  const { spec, ...rest } = Object.hasOwn(pod, 'spec') ? pod : { spec: pod };
  const { annotations, metadata = annotations === undefined ? undefined : { annotations } } = rest;
  const template = { ...(metadata !== undefined && { metadata }), spec: spec ?? null };
  return [
    { apiVersion: 'v1', kind: 'Pod', ...template },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template } },
  ];
}

/** `unknown spec.volumes[N]`, where the volume has none that is not null. */
function isDefaulted({ pod }: Row, line: string): boolean {
  const index = /^unknown spec\.volumes\[(\d+)\]$/.exec(line)?.[1];
  const spec = isObject(pod['spec']) ? pod['spec'] : pod;
  const volumes = spec['volumes'];
  if (index === undefined || !Array.isArray(volumes)) return false;
  const volume = volumes[Number(index)] ?? null;
  return withSource(volume) !== volume;
}

function keysOf(judged: Judged | undefined): string[] {
  return (judged?.findings ?? []).map(({ check = '', message = '', path = '' }) => {
    const known = checks.get(check);
    return `${known ? messageKey(known, message) : check} ${path}`;
  });
}
