import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual, stripVTControlCharacters } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Compile } from 'typebox/schema';
import { stringify } from 'yaml';
import { checks } from '../src/checks/index.ts';
import { useColour } from '../src/commands/scan/colour.ts';
import { FlagError } from '../src/commands/flags.ts';
import type { Io } from '../src/commands/io.ts';
import { outputs } from '../src/commands/scan/outputs.ts';
import { scanFiles } from '../src/commands/scan/scan-files.ts';
import { applyCures } from '../src/fix/apply-cures.ts';
import type { Json } from '../src/kube/json.ts';
import { isObject } from '../src/kube/json.ts';
import { printable } from '../src/kube/printable.ts';
import { namedPath } from '../src/kube/named-path.ts';
import { guardrailSet } from '../src/policy/guardrail-set.ts';
import { changeOf } from '../src/report/cure-change.ts';
import { displayWidth } from '../src/report/display-width.ts';
import { fingerprinter } from '../src/report/fingerprint.ts';
import { github } from '../src/report/github.ts';
import { gitlab } from '../src/report/gitlab.ts';
import { html } from '../src/report/html.ts';
import { style } from '../src/report/html-style.ts';
import { json } from '../src/report/json.ts';
import { junit } from '../src/report/junit.ts';
import { markdown } from '../src/report/markdown.ts';
import { placeAt } from '../src/report/place.ts';
import type { Format, LocatedFinding, Report } from '../src/report/report.ts';
import { sarif } from '../src/report/sarif.ts';
import { sourceLines } from '../src/report/source-lines.ts';
import { text } from '../src/report/text.ts';
import { readDocuments } from '../src/yaml/read.ts';
import { plain, remove, reportOn, set } from './support/reports.ts';
import type { Fault } from './support/reports.ts';

const golden = new URL('golden/report/', import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), 'sallyport-report-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const shop = `\
apiVersion: v1
kind: Secret
metadata: { name: keys, namespace: shop }
stringData:
  password: hunter2
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      hostNetwork: true
      containers:
        - name: app
          image: nginx:1.27
          securityContext:
            privileged: true # for now
            capabilities:
              add: [NET_ADMIN, SYS_ADMIN]
        - name: sidecar
          image: envoy:1.30
        - name: logger
          image: fluent-bit:3
---
apiVersion: v1
kind: Pod
metadata: { name: 日本, namespace: shop }
spec:
  containers: [{ name: "漢字", securityContext: { privileged: true } }]
`;

const at = 'spec.template.spec.containers';
const shopFaults: Fault[][] = [
  [],
  [
    {
      path: 'spec.template.spec.hostNetwork',
      message: 'the pod shares the network of the node',
      rule: 'hostNamespaces',
      check: 'host-namespaces',
      cure: remove,
      severity: 'critical',
    },
    {
      path: `${at}[0].securityContext.privileged`,
      message: 'container "app" is privileged',
      control: 'privileged',
      cure: set(false, 'review'),
      severity: 'critical',
    },
    ...['app', 'sidecar', 'logger'].flatMap((name, index): Fault[] => [
      {
        path: `${at}[${index}].securityContext.allowPrivilegeEscalation`,
        message: `container "${name}" may gain privileges`,
        rule: 'escalation',
        check: 'unheard-of',
        cure: set(false),
      },
      {
        path: `${at}[${index}].securityContext.capabilities.drop`,
        message: `container "${name}" keeps capabilities`,
        rule: 'capabilities',
        check: 'capabilities',
        cure: set(['ALL']),
        severity: 'medium',
      },
    ]),
    {
      path: `${at}[0].securityContext.capabilities.add[0]`,
      message: 'container "app" adds NET_ADMIN',
      rule: 'capabilities',
      check: 'capabilities',
      cure: remove,
      mode: 'Warn',
    },
    {
      path: `${at}[0].securityContext.capabilities.add[1]`,
      message: 'container "app" adds SYS_ADMIN',
      rule: 'capabilities',
      check: 'capabilities',
      cure: remove,
      state: 'suppressed',
    },
  ],
  [
    {
      path: 'spec.containers[0].securityContext.privileged',
      message: 'container "漢字" is privileged',
      cure: set(false),
      mode: 'Audit',
      severity: 'low',
    },
    {
      path: 'spec.containers[0].image',
      message: 'has no image',
      rule: 'image',
      check: 'image',
      state: 'excepted',
      exception: 'until-june',
    },
  ],
];
const shopErrors = [{ file: 'broken.yaml', line: 3, column: 5, message: 'a value is expected' }];
const broken = 'kind: Pod\nspec:\n  a: ]\n';
function shopReport(): Report {
  const report = reportOn('deploy/shop.yaml', shop, shopFaults, shopErrors);
  return { ...report, sources: new Map([...report.sources, ['broken.yaml', broken]]) };
}

const goldens: [string, Format, Partial<typeof plain>][] = [
  ['text.txt', text, {}],
  ['text-verbose.txt', text, { verbose: true }],
  ['text-quiet.txt', text, { quiet: true }],
  ['text-colour.txt', text, { colour: true }],
  ['json.json', json, {}],
  ['sarif.sarif', sarif, {}],
  ['junit.xml', junit, {}],
  ['github.txt', github, {}],
  ['gitlab.json', gitlab, {}],
  ['html.html', html, {}],
];

test.each(goldens)('%s is what it was, and the same bytes each time', (name, format, changes) => {
  const printed = format(shopReport(), { ...plain, ...changes });
  const file = new URL(name, golden);
  if (process.env['UPDATE_EXPECTED'] === '1') {
    mkdirSync(golden, { recursive: true });
    writeFileSync(file, printed);
  }
  expect(printed).toBe(readFileSync(file, 'utf8'));
});

test('every golden is of a format', () => {
  expect(readdirSync(golden).toSorted()).toEqual(goldens.map(([name]) => name).toSorted());
});

test('colour adds nothing but colour', () => {
  expect(stripVTControlCharacters(text(shopReport(), { ...plain, colour: true }))).toBe(text(shopReport(), plain));
});

test('no format shows a line of a neighbouring Secret', () => {
  const jsonList = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { hostNetwork: true } });
  const oneLine = reportOn('a.json', jsonList, [[{ path: 'spec.hostNetwork', cure: remove }]]);
  const [pod] = oneLine.results;
  if (!pod) throw new Error('no pod was read');
  const secret = { ...pod, kind: 'Secret', findings: [] };
  const beside = { ...oneLine, results: [secret, pod], sources: new Map([['a.json', `${jsonList} hunter2`]]) };
  const own = { ...oneLine, results: [{ ...pod, kind: 'Secret' }], sources: new Map([['a.json', `${jsonList} hunter2`]]) };
  const items = [
    'items:',
    '- { kind: Secret, stringData: { p: hunter2 } }',
    '- kind: Pod',
    '  spec: 1',
    '- stringData: { p: hunter2 }',
    '  kind: Secret',
  ];
  const [finding] = pod.findings;
  const findings = [3, 4].map((line) => ({ ...finding, line, column: 3 }) as LocatedFinding);
  const listed = { ...oneLine, sources: new Map([['a.json', items.join('\n')]]) };
  const list = {
    ...listed,
    results: [
      { ...secret, line: 2 },
      { ...pod, line: 3, findings },
      { ...secret, line: 5 },
    ],
  };
  expect(text(list, plain)).toContain('4 |   spec: 1\n');
  for (const [, format, changes] of goldens)
    for (const report of [shopReport(), list, beside, own]) expect(format(report, { ...plain, ...changes })).not.toContain('hunter2');
});

test.each<[string, string, string, string]>([
  ['a key with its value', '  privileged: true', 'spec.privileged', '  ^^^^^^^^^^^^^^^^'],
  ['a comment is no part of it', '  privileged: true # why', 'spec.privileged', '  ^^^^^^^^^^^^^^^^'],
  ['a missing key underlines its parent', '  securityContext:', 'spec.securityContext.privileged', '  ^^^^^^^^^^^^^^^'],
  ['a parent with a value on its line', '  securityContext: {}', 'spec.securityContext.privileged', '  ^^^^^^^^^^^^^^^'],
  ['a key whose value is below', '  hostPath:', 'spec.hostPath', '  ^^^^^^^^'],
  ['in braces', '{ a: { privileged: true, b: 1 } }', 'a.privileged', '       ^^^^^^^^^^^^^^^^'],
  ['in JSON', '  "privileged": true,', 'spec.privileged', '  ^^^^^^^^^^^^^^^^^^'],
  ['in JSON without a space', '{"privileged":true}', 'privileged', ' ^^^^^^^^^^^^^^^^^'],
  ['quoted values', `  image: "a # b: c" # d`, 'spec.image', '  ^^^^^^^^^^^^^^^^^'],
  ['quoted keys', `  'example.com/a': b`, 'metadata.annotations[example.com/a]', '  ^^^^^^^^^^^^^^^^^^'],
  ['a plain key with a slash', `  example.com/a: b`, 'metadata.annotations[example.com/a]', '  ^^^^^^^^^^^^^^^^'],
  ['a list item', '  - SYS_ADMIN', 'add[1]', '    ^^^^^^^^^'],
  ['a list item in brackets', '  add: [A, SYS_ADMIN]', 'add[1]', '           ^^^^^^^^^'],
  ['a list item that is a map', '  - name: app', 'containers[1]', '    ^^^^^^^^^'],
  ['a key missing in an item', '  - name: app', 'containers[1].image', '    ^^^^^^^^^'],
  ['a list on its line', '  drop: [A, B]', 'x.drop', '  ^^^^^^^^^^^^'],
  ['a plain value with commas ends with its line', '  args: a, b', 'x.args', '  ^^^^'],
  ['an item in braces', 'a: [{ b: "}", c: 1 }, 2]', 'a[0]', '    ^^^^^^^^^^^^^^^^'],
  ['an alias', '  securityContext: *strict', 'x.securityContext', '  ^^^^^^^^^^^^^^^'],
])('%s is underlined', (_, line, path, carets) => {
  const { mark } = placeAt(line, carets.indexOf('^') + 1, path);
  expect('^'.repeat(mark.end - mark.start).padStart(mark.end)).toBe(carets);
});

test.each<[number, string]>([
  [0, ''],
  [3, 'abc'],
  [4, '漢字'],
  [4, 'ｆｕ'],
  [2, '🚀'],
  [4, 'cafe\u0301'],
  [4, 'café'],
  [6, '한글!?'],
])('a terminal makes %d columns of %j', (width, shown) => {
  expect(displayWidth(shown)).toBe(width);
});

const restricted = guardrailSet(
  [
    {
      document: {
        apiVersion: 'sallyport.dev/v1alpha1',
        kind: 'Guardrail',
        metadata: { name: 'restricted' },
        spec: { mode: 'Enforce', rules: [{ podSecurity: { level: 'restricted', version: 'latest' } }] },
      },
      origin: 'a test',
    },
  ],
  'Enforce',
);

/** Layouts, each with a fault at a path and the lines that the cure makes of the whole; null where it must be put in words. */
const changes: [string, string, Fault, string | null][] = [
  ['a value', 'a:\n  b: true # c\n', { path: 'a.b', cure: set(false) }, 'a:\n  b: false # c\n'],
  ['a value in braces', 'a: { b: true, c: 1 }\n', { path: 'a.b', cure: set(false) }, 'a: { b: false, c: 1 }\n'],
  ['a value in JSON', '{\n  "a": {\n    "b": true\n  }\n}\n', { path: 'a.b', cure: set(false) }, '{\n  "a": {\n    "b": false\n  }\n}\n'],
  ['a string in JSON', '{\n  "a": "x"\n}\n', { path: 'a', cure: set('RuntimeDefault') }, '{\n  "a": "RuntimeDefault"\n}\n'],
  ['a word that YAML would take for a boolean', 'a: x\n', { path: 'a', cure: set('yes') }, 'a: "yes"\n'],
  ['a list for a list', 'a: [B, C]\n', { path: 'a', cure: set(['ALL']) }, 'a: [ALL]\n'],
  ['a key that goes', 'a:\n  b: true\n  c: 1\n', { path: 'a.b', cure: remove }, 'a:\n  c: 1\n'],
  ['a key that goes and takes its item along', 'a:\n  - b: true\n    c: 1\n', { path: 'a[0].b', cure: remove }, null],
  ['an item that goes', 'a:\n  - B\n  - C\n', { path: 'a[0]', cure: remove }, 'a:\n  - C\n'],
  ['the first item in brackets', 'a: [B, C]\n', { path: 'a[0]', cure: remove }, 'a: [C]\n'],
  ['the last item in brackets', 'a: [B, C]\n', { path: 'a[1]', cure: remove }, 'a: [B]\n'],
  ['the only item in brackets', 'a: [B]\n', { path: 'a[0]', cure: remove }, 'a: []\n'],
  ['a key below its parent', 'a:\n    b: 1\n', { path: 'a.c', cure: set(false) }, 'a:\n    c: false\n    b: 1\n'],
  ['a key below an empty parent', 'a:\n  b:\nc: 1\n', { path: 'a.b.d', cure: set(false) }, 'a:\n  b:\n    d: false\nc: 1\n'],
  ['a key below a parent and its comment', 'a: # why\n  # because\n  b: 1\n', { path: 'a.c', cure: set(0) }, 'a: # why\n  c: 0\n  # because\n  b: 1\n'],
  ['a map with its parents', 'a:\n  - name: x\n    i: y\n', { path: 'a[0].s.p', cure: set({ type: 'T' }) }, 'a:\n  - name: x\n    s:\n      p:\n        type: T\n    i: y\n'],
  ['a key in an item of a list that is not indented', 'a:\n- name: x\n', { path: 'a[0].s', cure: set(true) }, 'a:\n- name: x\n  s: true\n'],
  ['a key beside a map that an item begins with', 'a:\n  - s:\n      t: 1\n', { path: 'a[0].i', cure: set(true) }, null],
  ['a key below a map in braces', 'a: { b: 1 }\n', { path: 'a.c', cure: set(false) }, null],
  ['a key below an alias', 'x: &x { b: 1 }\na: *x\n', { path: 'a.c', cure: set(false) }, null],
  ['a key below a parent in JSON', '{\n  "a": {\n    "b": 1\n  }\n}\n', { path: 'a.c', cure: set(false) }, null],
  ['a block scalar', 'a: |\n  b\n', { path: 'a', cure: set('x') }, null],
  ['a plain value with a comma', 'a: b, c\n', { path: 'a', cure: set('x') }, null],
  ['an anchored value', 'a: &b true\n', { path: 'a', cure: set(false) }, null],
  ['a value with a tag', 'a: !!bool "true"\n', { path: 'a', cure: set(false) }, null],
]; // prettier-ignore

test.each(changes)('the change of %s is shown where it is simple', (_, yaml, fault, expected) => {
  const { findings } = located(yaml, [fault]);
  const changed = shownChange(yaml, findings);
  expect(changed).toBe(expected);
  expect(changed === null ? null : read(changed)).toEqual(changed === null ? null : applyCures(read(yaml), findings));
});

test.each<[string, (pod: object) => string]>([
  ['block style', (pod) => stringify(pod)],
  ['lists that are not indented', (pod) => stringify(pod, { indentSeq: false })],
  ['quotes everywhere', (pod) => stringify(pod, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_SINGLE' })],
  ['braces', (pod) => stringify(pod, { collectionStyle: 'flow' })],
  ['wide indentation and CRLF', (pod) => stringify(pod, { indent: 4 }).replaceAll('\n', '\r\n')],
  ['JSON', (pod) => JSON.stringify(pod, null, 2)],
  ['JSON on one line', (pod) => JSON.stringify(pod)],
])('what a frame shows as cured is what the cures make of the object: %s', (_, write) => {
  const specs = [...checks.values()].map(({ example }) => read(example.bad));
  const wrong = specs.flatMap((spec) => {
    const yaml = write({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec });
    const [result] = scanFiles([{ file: 'a.yaml', text: yaml }], { set: restricted, namespace: 'default' }).results;
    const spots = [...Map.groupBy(result?.findings ?? [], ({ line }) => line).values()];
    return spots.flatMap((findings) => {
      const { after, cured } = afterChange(yaml, findings);
      const wanted = applyCures(read(yaml), cured);
      return isDeepStrictEqual(bare(read(after)), bare(wanted)) ? [] : [after];
    });
  });
  expect(specs.length).toBeGreaterThan(15);
  expect(wrong).toEqual([]);
});

test('no line is added above what a template makes', () => {
  const [finding] = located('a:\n  b: 1\n', [{ path: 'a.c', cure: set(1) }]).findings;
  expect(shownChange('a:\n  {{- toYaml . }}\n', finding ? [finding] : [])).toBeNull();
  expect(shownChange('a:\n  b: 1\n', finding ? [finding] : [])).not.toBeNull();
});

test('several cures at one line become one change', () => {
  const list = located('a: [B, C, D]\n', [0, 2, 1].map((index) => ({ path: `a[${index}]`, cure: remove }))); // prettier-ignore
  expect(shownChange('a: [B, C, D]\n', list.findings)).toBe('a: []\n');
  const missing = located('a:\n- n: x\n', [{ path: 'a[0].s.b', cure: set(1) }, { path: 'a[0].s.c', cure: set(2) }]); // prettier-ignore
  expect(shownChange('a:\n- n: x\n', missing.findings)).toBe('a:\n- n: x\n  s:\n    b: 1\n    c: 2\n');
});

test('the caret stands below the value where characters are wide, tabs are in the way, or lines end in CRLF', () => {
  const yaml = '\uFEFFapiVersion: v1\r\nkind: Pod\r\nmetadata: { name: x }\r\nspec: { a: "漢\t字", b: true }\r\n';
  const printed = text(reportOn('a.yaml', yaml, [[{ path: 'spec.b' }]]), plain);
  const [line = '', carets = ''] = printed.split('\n').slice(-5);
  expect(displayWidth(line.slice(0, line.indexOf('b: true')))).toBe(carets.indexOf('^'));
  expect(carets.trim().split(' ').at(-1)).toBe('^'.repeat('b: true'.length));
  expect(printed).not.toContain('\r');
});

test('an error is shown in its line, unless its file may hold a Secret', () => {
  expect(text(shopReport(), plain)).toMatch(/error: broken\.yaml:3:5: .*\n.*2 \| spec:\n.*3 \|   a: \]\n +\| {5}\^\n/);
  const report = { ...shopReport(), sources: new Map([['broken.yaml', `kind: Secret\nstringData:\n  a: hunter2\n`]]) };
  expect(text(report, plain)).not.toContain('hunter2');
});

test('what is told beside the findings has a line of its own, also of an object without any', () => {
  const bare = reportOn('a.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n', []);
  const noted = { ...bare, results: bare.results.map((result) => ({ ...result, notes: ['it ends\u001b[2J\nsoon'] })) };
  expect(text(noted, plain)).toBe(
    'a.yaml:1  Pod default/a: allowed\n\n  note  it ends\\u{1b}[2J\\u{a}soon\n\n1 object: 0 denied, 0 warned, 1 allowed, 0 not judged\n',
  );
  expect(github(noted, plain).split('\n')[0]).toBe('::warning file=a.yaml,line=1::it ends\\u{1b}[2J%0Asoon');
  expect(JSON.parse(json(noted))).toMatchObject({ results: [{ notes: ['it ends\u001b[2J\nsoon'] }] });
});

test('-v names what is allowed and what is not judged, a line each', () => {
  const report = { ...reportOn('a.yaml', shop, []), ignored: [{ file: 'b.yaml', line: 1, reason: 'a chart' }] };
  expect(
    text(report, { ...plain, verbose: true })
      .split('\n')
      .slice(0, 5),
  ).toEqual([
    'a.yaml:1  Secret shop/keys: allowed',
    'a.yaml:7  Deployment shop/web: allowed',
    'a.yaml:26  Pod shop/日本: allowed',
    'b.yaml:1  ignored: a chart',
    '3 objects: 0 denied, 0 warned, 3 allowed, 0 not judged; 1 ignored, -v says why',
  ]);
  expect(text(report, plain).split('\n')).toHaveLength(2);
});

test('a long line is shown around its fault only', () => {
  const long = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"pad":"${'x'.repeat(5000)}","b":true}}`;
  const report = reportOn('a.json', long, [[{ path: 'spec.b' }]]);
  expect(
    Math.max(
      ...text(report, plain)
        .split('\n')
        .map((line) => line.length),
    ),
  ).toBeLessThan(160);
  expect(text(report, plain)).toMatch(/"b":true\}\}\n.* \^{8}\n/);
  expect(html(report, plain)).not.toContain('x'.repeat(500));
});

const schema = Compile(JSON.parse(readFileSync(new URL('report/sarif-schema-2.1.0.json', import.meta.url), 'utf8')));

interface SarifLog {
  readonly runs: readonly [
    { readonly results: readonly SarifResult[]; readonly tool: { readonly driver: { readonly rules: readonly SarifRule[] } } },
  ];
}
interface SarifRule {
  readonly id: string;
  readonly help: { readonly markdown: string };
}
interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly message: { readonly text: string };
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly suppressions?: readonly unknown[];
  readonly fixes?: readonly { readonly artifactChanges: readonly { readonly replacements: readonly Replacement[] }[] }[];
}
interface Replacement {
  readonly deletedRegion: { readonly startLine: number; readonly startColumn: number; readonly endLine: number; readonly endColumn: number };
  readonly insertedContent?: { readonly text: string };
} // prettier-ignore

const sarifOf = (report: Report): SarifLog => JSON.parse(sarif(report, plain)) as SarifLog;

test('SARIF is valid, its rules are found by their index, and what is excused is suppressed', () => {
  const log = sarifOf(shopReport());
  const [run] = log.runs;
  expect(schema.Errors(log)[1]).toEqual([]);
  expect(run.results.filter(({ ruleId, ruleIndex }) => run.tool.driver.rules[ruleIndex]?.id !== ruleId)).toEqual([]);
  expect(run.results.filter(({ suppressions }) => suppressions !== undefined)).toHaveLength(2);
  expect(schema.Check(sarifOf({ ...shopReport(), results: [], errors: [] }))).toBe(true);
  expect(schema.Check({ ...log, runs: [{ ...run, results: [{ ...run.results[0], level: 'bad' }] }] })).toBe(false);
});

test.each([
  ['LF', shop],
  ['CRLF', shop.replaceAll('\n', '\r\n')],
  ['BOM', `\uFEFF${shop}`],
])('each fix of SARIF makes of the file what its cure makes of the object: %s', (_, yaml) => {
  const report = reportOn('a.yaml', yaml, shopFaults);
  const results = sarifOf(report).runs[0].results;
  const findings = report.results.flatMap((result, index) => result.findings.map((finding) => ({ finding, index })));
  expect(results.filter(({ fixes }) => fixes !== undefined).length).toBeGreaterThan(5);
  results.forEach(({ fixes }, at) => {
    const [replacement] = fixes?.[0]?.artifactChanges[0]?.replacements ?? [];
    const { finding, index } = findings[at] ?? { finding: undefined, index: -1 };
    if (!replacement || !finding) return;
    const fixed = documents(replaced(yaml, replacement))[index];
    expect(fixed).toEqual(applyCures(documents(yaml)[index] ?? null, [finding]));
  });
});

test('no fix is offered where an alias brings the value in', () => {
  const aliased = shop.replace('hostNetwork: true', 'hostNetwork: true\n      a: &a 1\n      b: *a');
  expect(sarif(reportOn('a.yaml', aliased, shopFaults), plain)).not.toContain('"fixes"');
});

test('a fingerprint outlives moved lines and another order, and is one finding’s own', () => {
  const before = prints(shopReport());
  expect(new Set(before).size).toBe(before.length);
  expect(prints(reportOn('deploy/shop.yaml', `# moved\n\n${shop}`, shopFaults))).toEqual(before);
  const swapped = shop
    .replace(/( {8}- name: sidecar\n.*\n)( {8}- name: logger\n.*\n)/, '$2$1')
    .replace('[NET_ADMIN, SYS_ADMIN]', '[SYS_ADMIN, NET_ADMIN]');
  const moved = shopFaults.map((faults) => faults.map((fault) => ({ ...fault, path: other(fault.path) })));
  expect(swapped).not.toBe(shop);
  expect(prints(reportOn('deploy/shop.yaml', swapped, moved))).toEqual(before);
  expect(prints(reportOn('other.yaml', shop, shopFaults)).filter((print) => before.includes(print))).toEqual([]);
});

test.each<[string, Json, string]>([
  ['spec.containers[1].image', { spec: { containers: [{ name: 'a' }, { name: 'b' }] } }, 'spec.containers[name=b].image'],
  ['a[1]', { a: ['x', 'y'] }, 'a[=y]'],
  ['a[1]', { a: ['x', 'x'] }, 'a[=x#2]'],
  ['a[1].b', { a: [1, { b: 2 }] }, 'a[1].b'],
  ['a[7].b[2].c', { a: [] }, 'a[7].b[2].c'],
  ['metadata.annotations[x.y/z]', {}, 'metadata.annotations[x.y/z]'],
])('%s is named by what its lists hold', (path, object, named) => {
  expect(namedPath(object, path)).toBe(named);
});

/** What could break out of each sink, between ordinary letters. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('::error::x', '\n::error::x', '\r\n', '\u001b[31m', '\u001b]0;x\u0007', '\u009b1m', ']]>', '<script>', '</pre>', '"', "'", '&', '<!--'),
      fc.constantFrom('[a](http://e)', '![a](x)', '<http://e>', '##[group]x', '##vso[task]x', '%0A', '%', ',', ':', '`', '\\', '\u2028', '\u202e', '\ud800', '\uffff', '\t'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join('')); // prettier-ignore

interface Words {
  readonly file: string;
  readonly name: string;
  readonly namespace: string;
  readonly message: string;
  readonly path: string;
  readonly rule: string;
  readonly value: string;
}

const words = fc.record<Words>({
  file: hostile,
  name: hostile,
  namespace: hostile,
  message: hostile,
  path: hostile,
  rule: hostile,
  value: hostile,
});
const harmless: Words = { file: 'f', name: 'n', namespace: 's', message: 'm', path: 'p', rule: 'r', value: 'v' };

function wordy({ file, name, namespace, message, path, rule, value }: Words): Report {
  const place = { line: 2, column: 1, namedPath: path, path };
  const base = { check: rule, control: rule, reason: 'FieldValueForbidden', severity: 'high', state: 'active', message } as const;
  const findings: LocatedFinding[] = [
    { ...base, ...place, guardrail: rule, rule, mode: 'Enforce', cure: set(value, 'review') },
    { ...base, ...place, guardrail: 'g', rule, mode: 'Warn', cure: null, line: 99 },
  ];
  const result = { file, line: 1, apiVersion: name, kind: name, namespace, name, verdict: 'deny', findings } as const;
  const line = value.replaceAll('\n', ' ');
  const sources = new Map([[file, [line, `x: ${line}`, line].join('\n')]]);
  return {
    digest: 'sha256:0',
    results: [result],
    errors: [{ file, line: 1, column: 1, message }],
    ignored: [{ file, line: 1 }],
    sources,
  };
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

test.each([{ verbose: true }, { quiet: true }])('hostile words cannot forge a line, a colour or a command in text %o', (changed) => {
  const context = { ...plain, ...changed };
  fc.assert(
    fc.property(words, (given) => {
      const out = text(wordy(given), context);
      expect(out).not.toMatch(control);
      expect(out).not.toMatch(/^\s*::|##(?:vso)?\[/im);
      expect(changed.quiet === true ? out.split('\n').length : 3).toBe(3);
    }),
  );
});

test('hostile words cannot forge an annotation: each line decodes to one command of ours', () => {
  fc.assert(
    fc.property(words, (given) => {
      const lines = github(wordy(given), plain).split('\n');
      expect(lines).toHaveLength(5);
      const commands = lines.slice(0, 3).map((line) => /^::(error|warning) ([^:]*)::(.*)$/.exec(line));
      expect(commands.map((match) => match?.[1])).toEqual(['error', 'error', 'warning']);
      const names = commands.map((match) => match?.[2]?.split(',').map((property) => property.split('=', 1)[0]));
      expect(names[2]?.filter((name) => name !== 'file')).toEqual(['line', 'col', 'title']);
      expect(lines.join('')).not.toMatch(control);
      expect(decode(commands[0]?.[3] ?? '')).toBe(seenByGithub(given.message));
    }),
  );
});

/** Tags and names of attributes, in order; throws on anything that is neither a tag nor text. */
function structure(markup: string): string[] {
  const tags = markup.matchAll(/<(\/?[a-zA-Z][^\s>/]*|!doctype|\?xml)((?:\s+[\w-]+(?:="[^"<]*")?)*)\s*[/?]?>|[<>]/g);
  return [...tags].map(([whole, name, attributes]) => {
    if (name === undefined) throw new Error(`a stray ${whole}`);
    return `${name} ${[...(attributes ?? '').matchAll(/([\w-]+)(?:="[^"]*")?/g)].map(([, attribute]) => attribute).join(' ')}`;
  });
}

const withoutCode = (page: string): string => page.replace(/<style>[^]*?<\/style>/, '').replace(/<script>[^]*<\/script>/, '');

test('hostile words cannot forge markup in JUnit XML or in the page', () => {
  const [benignXml, benignHtml] = [structure(junitOf(harmless)), structure(htmlOf(harmless)).filter(isNoFrame)];
  fc.assert(
    fc.property(words, (given) => {
      // oxlint-disable-next-line no-control-regex -- what XML 1.0 forbids
      expect(junitOf(given)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\ufffe\uffff]|\]\]>/);
      expect(structure(junitOf(given))).toEqual(benignXml);
      expect(structure(htmlOf(given)).filter(isNoFrame)).toEqual(benignHtml);
    }),
  );
});

/** A frame has more or fewer lines by what its lines say. */
const isNoFrame = (tag: string): boolean => !/^\/?(?:span|mark|wbr)\b/.test(tag);

test('hostile words cannot forge a link in SARIF, which stays valid', () => {
  fc.assert(
    fc.property(words, (given) => {
      const log = sarifOf(wordy(given));
      expect(schema.Errors(log)[1]).toEqual([]);
      for (const { message } of log.runs[0].results) expect(message.text).not.toMatch(/\]\(/);
      for (const { help } of log.runs[0].tool.driver.rules) {
        const bare = help.markdown.replaceAll(/\\[!-/:-@[-`{-~]/g, '').replace(/^\*\*(.*)\*\*/, '$1');
        expect(bare).not.toMatch(/[[\]<>*_`!&]/);
      }
    }),
    { numRuns: 50 },
  );
});

test('hostile words cannot forge an entry in code quality JSON', () => {
  fc.assert(
    fc.property(words, (given) => {
      const entries = JSON.parse(gitlab(wordy(given), plain)) as { description: string; fingerprint: string }[];
      expect(entries).toHaveLength(3);
      expect(new Set(entries.map(({ fingerprint }) => fingerprint)).size).toBe(3);
      for (const { description } of entries) expect(description).not.toMatch(control);
    }),
  );
});

test('Markdown keeps the words of what it escapes', () => {
  expect(markdown('a_b *c* [d](e) <f>')).toBe('a\\_b \\*c\\* \\[d\\]\\(e\\) \\<f\\>');
});

test('the page forbids itself everything but its own script and style', () => {
  const page = html(shopReport(), plain);
  expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; base-uri/);
  expect(withoutCode(page)).not.toMatch(/\s(?:style|on\w+|src)=|href="(?!#)|<(?:link|img|iframe|base)\b/);
  expect(page).not.toMatch(/@import|url\(/);
});

test.each(['light', 'dark'])('each text of the page stands out from its ground by 4.5 or more: %s', (scheme) => {
  const blocks = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => block ?? '');
  const own = scheme === 'light' ? blocks[0] : blocks[1];
  const colours = Object.fromEntries([...(own ?? '').matchAll(/--([\w-]+): (#[0-9a-f]{3,6})/g)].map(([, name, value]) => [name, value]));
  const faint = ['text', 'soft', 'critical', 'high', 'medium', 'low', 'good', 'link'].flatMap((text) =>
    ['ground', 'panel'].map((ground) => [text, ground, contrast(colours[text], colours[ground])] as const),
  );
  const framed = ['removed', 'added', 'mark'].map((ground) => ['text', ground, contrast(colours['text'], colours[ground])] as const);
  const gutters = ['removed', 'added'].map((ground) => ['soft', ground, contrast(colours['soft'], colours[ground])] as const);
  expect([...faint, ...framed, ...gutters].filter(([, , ratio]) => !(ratio >= 4.5))).toEqual([]);
});

test('every link of the page leads somewhere, and every id is one element’s own', () => {
  const page = html(shopReport(), plain);
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const wanted = [...page.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g)].map(([, id]) => id);
  expect(wanted.length).toBeGreaterThan(4);
  expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
});

test('--format writes each report to its place, and nothing is left beside it', () => {
  const folder = join(scratch, 'several');
  mkdirSync(folder);
  const printed = write(['sarif=out=1.sarif', 'junit=out.xml', 'github'], folder, shopReport());
  expect(printed).toBe(github(shopReport(), plain));
  expect(readdirSync(folder).toSorted()).toEqual(['out.xml', 'out=1.sarif']);
  expect(readFileSync(join(folder, 'out.xml'), 'utf8')).toBe(junit(shopReport(), plain));
});

test('a link to a report stays a link', () => {
  const folder = join(scratch, 'linked');
  mkdirSync(folder);
  writeFileSync(join(folder, 'real.json'), 'old');
  symlinkSync('real.json', join(folder, 'link.json'));
  write(['json=link.json'], folder, shopReport());
  expect(readdirSync(folder).toSorted()).toEqual(['link.json', 'real.json']);
  expect(readFileSync(join(folder, 'real.json'), 'utf8')).toBe(json(shopReport()));
});

test.each<[string, { format?: string[]; color?: string; quiet?: true; verbose?: true }, RegExp]>([
  ['a format that is near another', { format: ['sarf'] }, /--format sarf.*did you mean sarif\?/],
  ['a format that is near none', { format: ['pdf'] }, /--format pdf.*text, json, sarif/],
  ['a format for its file', { format: ['htlm=a.html'] }, /did you mean html\?/],
  ['two formats on standard output', { format: ['text', 'json'] }, /only one format.*sarif=out\.sarif/],
  ['two formats in one file', { format: ['json=a', 'sarif=./a'] }, /two formats name the file/],
  ['a file without a name', { format: ['json='] }, /a file is expected/],
  ['a folder that is missing', { format: ['json=no/a.json'] }, /there is no folder no; make it first/],
  ['a folder for a file', { format: ['json=.'] }, /is a folder/],
  ['quiet and verbose', { quiet: true, verbose: true }, /--quiet and --verbose/],
  ['a colour that is none', { color: 'alway' }, /did you mean always\?/],
])('%s is refused before anything is judged', (_, flags, message) => {
  const refused = (): unknown => outputs({ color: 'auto', ...flags }, listening([], scratch));
  expect(refused).toThrow(FlagError);
  expect(refused).toThrow(message);
});

test.each<[string, 'auto' | 'always' | 'never', Record<string, string>, boolean, boolean, boolean]>([
  ['a terminal', 'auto', {}, true, false, true],
  ['a pipe', 'auto', {}, false, false, false],
  ['NO_COLOR', 'auto', { NO_COLOR: '1' }, true, false, false],
  ['an empty NO_COLOR', 'auto', { NO_COLOR: '' }, true, false, true],
  ['FORCE_COLOR', 'auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, false, true],
  ['FORCE_COLOR=0', 'auto', { FORCE_COLOR: '0' }, true, false, false],
  ['a dumb terminal', 'auto', { TERM: 'dumb' }, true, false, false],
  ['the flag before the environment', 'always', { NO_COLOR: '1' }, false, false, true],
  ['the flag against a terminal', 'never', { FORCE_COLOR: '1' }, true, false, false],
  ['a file', 'auto', { FORCE_COLOR: '1' }, true, true, false],
  ['a file that is to have it', 'always', {}, false, true, true],
])('colour with %s', (_, flag, env, terminal, toFile, expected) => {
  expect(useColour(flag, { env, terminal }, toFile)).toBe(expected);
});

function write(format: string[], cwd: string, report: Report): string {
  const heard: string[] = [];
  outputs({ format, color: 'auto' }, listening(heard, cwd))(report);
  return heard.join('');
}

function listening(heard: string[], cwd: string): Io {
  return {
    stdout: (printed) => void heard.push(printed),
    stderr: (printed) => void heard.push(printed),
    stdin: async () => Buffer.alloc(0),
    cwd,
    env: {},
    now: () => new Date(0),
    root: pathToFileURL('/'),
    version: '1.2.3',
    termination: () => new AbortController().signal,
  };
}

function located(yaml: string, faults: readonly Fault[]): { findings: readonly LocatedFinding[] } {
  const report = reportOn('a.yaml', yaml, [faults]);
  return { findings: report.results[0]?.findings ?? [] };
}

/** The text with the change of the findings' line put in, or null where a cure is no part of it. */
function shownChange(yaml: string, findings: readonly LocatedFinding[]): string | null {
  const { after, cured } = afterChange(yaml, findings);
  return cured.size < findings.length ? null : after;
}

function afterChange(yaml: string, findings: readonly LocatedFinding[]): { after: string; cured: ReadonlySet<LocatedFinding> } {
  const lines = sourceLines(yaml);
  const number = findings[0]?.line ?? 1;
  const placed = findings.map((finding) => ({ finding, place: placeAt(lines[number - 1] ?? '', finding.column, finding.path) }));
  const { line, added, cured } = changeOf(lines, number, placed);
  return { after: lines.toSpliced(number - 1, 1, ...(line === null ? [] : [line]), ...added).join('\n'), cured };
}

/** Without what is null or empty: to Kubernetes that is the same as absent. */
function bare(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : Array.from(value, (item) => bare(item) ?? null);
  if (!isObject(value)) return value ?? undefined;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const kept = bare(item ?? null);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const documents = (yaml: string): Json[] => readDocuments(yaml).map((document) => ('error' in document ? null : document.value));
const read = (yaml: string): Json => documents(yaml)[0] ?? null;

function replaced(yaml: string, { deletedRegion, insertedContent }: Replacement): string {
  const starts = [0, ...[...yaml.matchAll(/\n/g)].map((match) => match.index + 1)];
  const offset = (line: number, column: number): number =>
    (starts[line - 1] ?? yaml.length) + column - 1 + (line === 1 && yaml.startsWith('\uFEFF') ? 1 : 0);
  const { startLine, startColumn, endLine, endColumn } = deletedRegion;
  return yaml.slice(0, offset(startLine, startColumn)) + (insertedContent?.text ?? '') + yaml.slice(offset(endLine, endColumn));
}

const prints = (report: Report): string[] => {
  const fingerprint = fingerprinter();
  return report.results.flatMap((result) => result.findings.map((finding) => fingerprint(result, finding)));
};

/** The path after the second and third container, and both capabilities, changed places. */
const other = (path: string): string =>
  path.replace(/\[([12])\]\.|add\[([01])\]/, (_, container, add) =>
    container ? `[${3 - Number(container)}].` : `add[${1 - Number(add)}]`,
  );

/** As the runner of GitHub Actions decodes a value. */
const decode = (encoded: string): string =>
  encoded.replaceAll(/%(0A|0D|25|3A|2C)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const seenByGithub = (message: string): string =>
  message
    .split(/([\r\n])/)
    .map((part) => (/[\r\n]/.test(part) ? part : printable(part)))
    .join('');

const junitOf = (given: Words): string => junit(wordy(given), plain);
const htmlOf = (given: Words): string =>
  withoutCode(html(wordy(given), plain)).replaceAll(/<span class="row[^\n]*\n<\/span>/g, '<span></span>');

/** Contrast of two colours as WCAG 2 counts it; NaN where one is missing. */
function contrast(one = '', other = ''): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const long = colour.length === 4 ? colour.replaceAll(/[0-9a-f]/g, '$&$&') : colour;
  const [red = NaN, green = NaN, blue = NaN] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(long.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
