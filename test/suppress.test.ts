import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { run as fix } from '../src/commands/fix.ts';
import type { Io, Run } from '../src/commands/io.ts';
import { run as scan } from '../src/commands/scan.ts';
import { INLINE_OPENING, parseInlineException } from '../src/policy/inline-exception.ts';
import { commentsIn } from '../src/yaml/comments.ts';

let home: string;
let folders = 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-suppress-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const made = await mkdtemp(join(home, `${folders++}-`));
  for (const [name, content] of Object.entries(files)) await writeFile(join(made, name), content);
  return made;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(cwd: string, argv: readonly string[], command: Run = scan): Promise<Ended> {
  const heard = { stdout: '', stderr: '' };
  const io: Io = {
    stdout: (text) => void (heard.stdout += text),
    stderr: (text) => void (heard.stderr += text),
    stdin: async () => Buffer.alloc(0),
    cwd,
    env: {},
    now: () => new Date('2026-11-22T12:00:00Z'),
    root: new URL('../', import.meta.url),
    version: '1.2.3',
    termination: () => new AbortController().signal,
  };
  return { code: await command([...argv], io), ...heard };
}

interface Scanned {
  readonly results: { verdict: string; findings: { rule: string; state: string; line: number }[] }[];
  readonly errors: { file: string; line: number; column: number; message: string }[];
}

const policy = guardrail('least', ['privileged', 'host-namespaces', 'capabilities']);

function guardrail(name: string, rules: readonly string[], more = ''): string {
  const lines = rules.map((check) => `    - check: ${check}\n`).join('');
  return `apiVersion: sallyport.dev/v1alpha1\nkind: Guardrail\nmetadata: { name: ${name} }\nspec:\n  mode: Enforce\n${more}  rules:\n${lines}`;
}

/** Runs the scan over one file; the file's lines are the ones the rows count. */
async function judged(files: Readonly<Record<string, string>>, argv: readonly string[] = []): Promise<Scanned & Omit<Ended, 'stdout'>> {
  const cwd = await folder({ 'guard.yaml': policy, ...files });
  const paths = Object.keys(files).filter((name) => name.endsWith('.yaml') && name !== 'guard.yaml');
  const { stdout, ...ended } = await run(cwd, ['--policies', 'guard.yaml', '--format', 'json', ...paths, ...argv]);
  if (stdout === '') throw new Error(`nothing on standard output, but ${ended.stderr}`);
  return { ...ended, ...(JSON.parse(stdout) as Scanned) };
}

const states = ({ results }: Scanned): string[] =>
  results.flatMap(({ findings }) => findings.map(({ rule, state, line }) => `${line} ${rule} ${state}`)).toSorted();

const ALLOW = '# sallyport: allow privileged until 2027-03-01 -- node agent';

/** Lines of a pod; what stands for a comment is spliced in. */
const lines = {
  head: 'apiVersion: v1\nkind: Pod\nmetadata: { name: agent }\nspec:\n',
  host: '  hostPID: true\n',
  containers: '  containers:\n    - name: app\n      image: a\n      securityContext:\n        capabilities: { drop: [ALL] }\n',
  privileged: '        privileged: true\n',
};
const pod = `${lines.head}${lines.containers}${lines.privileged}`;

/** Of the pod, the only fault lies on line 10 unless the row says otherwise. */
const inline: readonly (readonly [what: string, text: string, expected: string[]])[] = [
  ['on the line', pod.replace('privileged: true', `privileged: true ${ALLOW}`), ['10 privileged suppressed']],
  ['above the line', pod.replace(lines.privileged, `        ${ALLOW}\n${lines.privileged}`), ['11 privileged suppressed']],
  ['above the line, with another indent', pod.replace(lines.privileged, `${ALLOW}\n${lines.privileged}`), ['11 privileged suppressed']],
  ['above other comments above the line', pod.replace(lines.privileged, `${ALLOW}\n # why\n${lines.privileged}`), ['12 privileged suppressed']],
  ['above an empty line', pod.replace(lines.privileged, `${ALLOW}\n\n${lines.privileged}`), ['12 privileged active']],
  ['below the line', `${pod}${ALLOW}\n`, ['10 privileged active']],
  ['two lines above', pod.replace('      securityContext', `      ${ALLOW}\n      securityContext`), ['11 privileged active']],
  ['at the end of the line above', pod.replace('ALL] }', `ALL] } ${ALLOW}`), ['10 privileged active']],
  ['CRLF', pod.replace('privileged: true', `privileged: true ${ALLOW}`).replaceAll('\n', '\r\n'), ['10 privileged suppressed']],
  ['a byte order mark before a file of flow style', `\uFEFF${ALLOW}\n{ apiVersion: v1, kind: Pod, metadata: { name: a }, spec: { containers: [ { name: app, securityContext: { privileged: true, capabilities: { drop: [ALL] } } } ] } }\n`, ['2 privileged suppressed']],
  ['a tab before it', pod.replace('privileged: true', `privileged: true\t${ALLOW}`), ['10 privileged suppressed']],
  ['beside a separator, above the object', `--- ${ALLOW}\n${pod}`, ['11 privileged active']],
  ['in a text in quotes', pod.replace('image: a', `image: "a ${ALLOW}"`).replace('privileged: true', `"privileged": true`), ['10 privileged active']],
  ['after a text in quotes that holds a #', `${lines.head.replace('agent', '"a # b"')}${lines.containers}        "privileged": true ${ALLOW}\n`, ['10 privileged suppressed']],
  ['of a missing key, at its closest parent', `${lines.head}  containers:\n    # sallyport: allow capabilities until 2027-03-01 -- old\n    - name: app\n      image: a\n`, ['7 capabilities suppressed']],
  ['of a rule, where another is broken on the line', `${lines.head}  containers:\n    ${ALLOW}\n    - { name: app, securityContext: { privileged: true } }\n`, ['7 capabilities active', '7 privileged suppressed']],
  ['of two rules', `${lines.head}  containers:\n    # sallyport: allow privileged,capabilities until 2027-03-01 -- old\n    - { name: app, securityContext: { privileged: true } }\n`, ['7 capabilities suppressed', '7 privileged suppressed']],
  ['by guardrail and rule', pod.replace('privileged: true', `privileged: true # sallyport: allow least/privileged until 2027-03-01 -- x`), ['10 privileged suppressed']],
  ['without blanks where they mean nothing', pod.replace('privileged: true', `privileged: true #sallyport:allow privileged until 2027-03-01 -- x`), ['10 privileged suppressed']],
  ['on its last day', pod.replace('privileged: true', `privileged: true # sallyport: allow privileged until 2026-11-22 -- x`), ['10 privileged suppressed']],
  ['a day later', pod.replace('privileged: true', `privileged: true # sallyport: allow privileged until 2026-11-21 -- x`), ['10 privileged active']],
  ['of a field that does nothing there', `${lines.head}  # sallyport: allow sallyport/misplaced-field until 2027-03-01 -- x\n  readOnlyRootFilesystem: true\n${lines.containers}`, ['6 misplaced-field suppressed']],
  ['beside a JSON key, where it is a text', JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: ALLOW }, spec: { containers: [{ name: 'app', securityContext: { privileged: true, capabilities: { drop: ['ALL'] } } }] } }), ['1 privileged active']],
]; // prettier-ignore

test.each(inline)('a comment that allows %s', async (_what, text, expected) => {
  const report = await judged({ 'a.yaml': text });
  expect(report.errors).toEqual([]);
  expect(states(report)).toEqual(expected);
  expect(report.code).toBe(expected.some((state) => state.endsWith('active')) ? 1 : 0);
});

/** Column of the fault in a comment that begins in column 1. */
const malformed: readonly (readonly [comment: string, column: number, message: RegExp])[] = [
  ['# sallyport: privileged until 2027-03-01 -- x', 1, /# sallyport: allow RULE.* is expected/],
  ['# sallyport allow privileged until 2027-03-01 -- x', 1, /# sallyport: allow RULE.* is expected/],
  ['# Sallyport: allow privileged until 2027-03-01 -- x', 1, /# sallyport: allow RULE.* is expected/],
  ['# sallyport: allow privileged -- x', 31, /until YYYY-MM-DD is expected/],
  ['# sallyport: allow privileged', 30, /until YYYY-MM-DD is expected/],
  ['# sallyport: allow until 2027-03-01 -- x', 20, /name of a rule is expected/],
  ['# sallyport: allow privileged, until 2027-03-01 -- x', 32, /name of a rule is expected/],
  ['# sallyport: allow privileged hostPID until 2027-03-01 -- x', 20, /a comma is expected/],
  ['# sallyport: allow privilegd until 2027-03-01 -- x', 20, /unknown rule "privilegd"; did you mean "privileged"\?/],
  ['# sallyport: allow privileged, zzzzzzzz until 2027-03-01 -- x', 32, /unknown rule "zzzzzzzz"$/],
  ['# sallyport: allow other/privileged until 2027-03-01 -- x', 20, /unknown rule "other\/privileged"/],
  ['# sallyport: allow least until 2027-03-01 -- x', 20, /unknown rule "least"/],
  ['# sallyport: allow privileged until 2027-02-30 -- x', 37, /a day of the calendar is expected/],
  ['# sallyport: allow privileged until soon -- x', 37, /a day of the calendar is expected/],
  ['# sallyport: allow privileged until 2027-03-01', 47, /a reason/],
  ['# sallyport: allow privileged until 2027-03-01 --', 50, /a reason/],
  ['# sallyport: allow privileged until 2027-03-01 -- ...', 54, /a reason/],
];

test.each(malformed)('%s cannot be read', async (comment, column, message) => {
  const report = await judged({ 'a.yaml': `${comment}\n${pod}` });
  expect(report.errors).toEqual([{ file: 'a.yaml', line: 1, column, message: expect.stringMatching(message) }]);
  expect(report.code).toBe(2);
});

test('a comment about something else is none of ours', async () => {
  const text = `# sallyport scans this\n# the sallyport: allow\n# sallyport.dev/v1\n${pod}`;
  expect((await judged({ 'a.yaml': text })).errors).toEqual([]);
});

test('what a scan lets pass is said once for each comment that is over, not heeded, or not needed', async () => {
  const over = pod.replace('privileged: true', 'privileged: true # sallyport: allow privileged until 2026-01-01 -- x');
  const unneeded = `${ALLOW.replace('privileged', 'privileged, host-namespaces')}\n${pod}`;
  const forbidding = guardrail('least', ['privileged'], '  inlineExceptions: Forbid\n');
  const allowed = pod.replace('privileged: true', `privileged: true ${ALLOW}`);
  expect((await judged({ 'a.yaml': over })).stderr).toMatch(/^warning: a\.yaml:10:26: this comment was over after 2026-01-01.*\n$/);
  expect((await judged({ 'a.yaml': unneeded })).stderr).toMatch(/^warning: a\.yaml:1:1: its line does not break privileged, host-namespaces.*\n$/);
  const forbidden = await judged({ 'guard.yaml': forbidding, 'a.yaml': allowed });
  expect(forbidden.stderr).toMatch(/^warning: a\.yaml:10:26: the guardrail least heeds no comments.*\n$/);
  expect(states(forbidden)).toEqual(['10 privileged active']);
  expect((await judged({ 'a.yaml': allowed })).stderr).toBe('');
  expect((await judged({ 'a.yaml': unneeded }, ['--skip', 'host-namespaces'])).stderr).toBe('');
}); // prettier-ignore

test('--no-inline heeds no comment, not even one that cannot be read, and --now is the clock of the others', async () => {
  const allowed = pod.replace('privileged: true', `privileged: true ${ALLOW}`);
  expect(states(await judged({ 'a.yaml': allowed }, ['--no-inline']))).toEqual(['10 privileged active']);
  expect((await judged({ 'a.yaml': `# sallyport: allow\n${pod}` }, ['--no-inline'])).errors).toEqual([]);
  expect(states(await judged({ 'a.yaml': allowed }, ['--now', '2027-03-01T23:59:59Z']))).toEqual(['10 privileged suppressed']);
  expect(states(await judged({ 'a.yaml': allowed }, ['--now', '2027-03-02T00:00:00Z']))).toEqual(['10 privileged active']);
});

test('fix leaves alone what a comment allows', async () => {
  const allowed = pod.replace('privileged: true', `privileged: true ${ALLOW}`);
  const cwd = await folder({ 'guard.yaml': policy, 'a.yaml': allowed, 'b.yaml': pod });
  await run(cwd, ['--policies', 'guard.yaml', '--include', 'review', 'a.yaml', 'b.yaml'], fix);
  expect(await readFile(join(cwd, 'a.yaml'), 'utf8')).toBe(allowed);
  expect(await readFile(join(cwd, 'b.yaml'), 'utf8')).not.toBe(pod);
});

test('the report says that the cluster still refuses, and SARIF what quiets it', async () => {
  const allowed = pod.replace('privileged: true', `privileged: true ${ALLOW}`);
  const cwd = await folder({ 'guard.yaml': policy, 'a.yaml': allowed, 'b.yaml': pod.replace('agent', 'other') });
  await run(cwd, ['--policies', 'guard.yaml', '--baseline', 'base.json', '--update-baseline', 'b.yaml']);
  const argv = [
    '--policies',
    'guard.yaml',
    '--baseline',
    'base.json',
    'a.yaml',
    'b.yaml',
    '--format',
    'sarif=out.sarif',
    '--format',
    'text',
  ];
  const { code, stdout } = await run(cwd, argv);
  expect(code).toBe(0);
  expect(stdout).toContain('2 findings suppressed in this scan only, of which the cluster will still refuse 2\n');
  const sarif = JSON.parse(await readFile(join(cwd, 'out.sarif'), 'utf8')) as { runs: { results: { suppressions: unknown }[] }[] };
  expect(sarif.runs[0]?.results.map(({ suppressions }) => suppressions)).toEqual([
    [{ kind: 'inSource', status: 'accepted', justification: 'until 2027-03-01: node agent' }],
    [{ kind: 'external', status: 'accepted' }],
  ]);
});

const twoFaults = pod.replace(lines.containers, `${lines.host}${lines.containers}`);
const moved = `# moved\n\n${pod.replace('    - name: app', '    - name: first\n      securityContext: { capabilities: { drop: [ALL] } }\n    - name: app')}`;
const cronJob = `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: job }\nspec: { jobTemplate: { spec: { template: ${JSON.stringify({ spec: { containers: [{ name: 'app', securityContext: { privileged: true, capabilities: { drop: ['ALL'] } } }] } })} } } }\n`;

/** What was there when the baseline was written, what is there now, and which of it is new. */
const known: readonly (readonly [what: string, before: string, after: string, expected: string[]])[] = [
  ['the same', pod, pod, ['10 privileged suppressed']],
  ['lines and places in lists that shifted', pod, moved, ['14 privileged suppressed']],
  ['a new fault in an old object', pod, twoFaults, ['11 privileged suppressed', '5 host-namespaces active']],
  ['the same fault in another container', pod, pod.replace('name: app', 'name: app2'), ['10 privileged active']],
  ['another object', pod, pod.replace('agent', 'agent2'), ['10 privileged active']],
  ['another namespace', pod, pod.replace('name: agent', 'name: agent, namespace: shop'), ['10 privileged active']],
];

test.each(known)('a baseline, and then %s', async (_what, before, after, expected) => {
  const cwd = await folder({ 'guard.yaml': policy, 'a.yaml': before });
  const argv = ['--policies', 'guard.yaml', '--baseline', 'base.json', '--format', 'json', 'a.yaml'];
  const written = await run(cwd, [...argv, '--update-baseline']);
  expect(written.code).toBe(0);
  await writeFile(join(cwd, 'a.yaml'), after);
  const { code, stdout } = await run(cwd, argv);
  expect(states(JSON.parse(stdout) as Scanned)).toEqual(expected);
  expect(code).toBe(expected.some((state) => state.endsWith('active')) ? 1 : 0);
});

test('an object is known under another version of its group, and not under another group', async () => {
  const path = 'spec.jobTemplate.spec.template.spec.containers[name=app].securityContext.privileged';
  const entry = { guardrail: 'least', rule: 'privileged', kind: 'CronJob', namespace: 'default', name: 'job', path };
  const base = (apiVersion: string): string => JSON.stringify({ version: 1, findings: [{ ...entry, apiVersion }] });
  const argv = ['--baseline', 'base.json'];
  expect(states(await judged({ 'a.yaml': cronJob, 'base.json': base('batch/v1beta1') }, argv))).toEqual(['4 privileged suppressed']);
  expect(states(await judged({ 'a.yaml': cronJob, 'base.json': base('other/v1') }, argv))).toEqual(['4 privileged active']);
});

test('a baseline is sorted, keeps what is gone until it is pruned, and stays as it was where something could not be judged', async () => {
  const cwd = await folder({ 'guard.yaml': policy, 'a.yaml': twoFaults, 'b.yaml': pod.replace('agent', 'a') });
  const argv = ['--policies', 'guard.yaml', '--baseline', 'base.json', '-q'];
  const base = async (): Promise<string> => readFile(join(cwd, 'base.json'), 'utf8');
  expect((await run(cwd, [...argv, '--update-baseline', 'a.yaml', 'b.yaml'])).stderr).toContain(
    'holds 3 known findings: 3 new, 0 taken off',
  );
  const whole = await base();
  expect(whole).toBe(
    [
      '{',
      '  "version": 1,',
      '  "findings": [',
      '    {"guardrail":"least","rule":"privileged","apiVersion":"v1","kind":"Pod","namespace":"default","name":"a","path":"spec.containers[name=app].securityContext.privileged"},',
      '    {"guardrail":"least","rule":"privileged","apiVersion":"v1","kind":"Pod","namespace":"default","name":"agent","path":"spec.containers[name=app].securityContext.privileged"},',
      '    {"guardrail":"least","rule":"host-namespaces","apiVersion":"v1","kind":"Pod","namespace":"default","name":"agent","path":"spec.hostPID"}',
      '  ]',
      '}',
      '',
    ].join('\n'),
  );
  await run(cwd, [...argv, '--update-baseline', 'b.yaml', 'a.yaml']);
  expect(await base()).toBe(whole);
  await writeFile(join(cwd, 'a.yaml'), pod);
  await run(cwd, [...argv, '--update-baseline', 'a.yaml', 'b.yaml']);
  expect(await base()).toBe(whole);
  expect((await run(cwd, [...argv, 'a.yaml', 'b.yaml'])).stderr).toContain('1 of the known findings in base.json is gone');
  await writeFile(join(cwd, 'bad.yaml'), 'apiVersion: [');
  const failed = await run(cwd, [...argv, '--prune', 'a.yaml', 'b.yaml', 'bad.yaml']);
  expect([failed.code, await base()]).toEqual([2, whole]);
  expect((await run(cwd, [...argv, '--prune', 'a.yaml', 'b.yaml'])).stderr).toContain('holds 2 known findings: 0 new, 1 taken off');
  // Pruning takes nothing up.
  await writeFile(join(cwd, 'a.yaml'), twoFaults);
  expect((await run(cwd, [...argv, '--prune', 'a.yaml', 'b.yaml'])).code).toBe(1);
});

test('a configuration names the baseline from its own folder, and none outside of it', async () => {
  const cwd = await folder({ 'guard.yaml': policy, 'a.yaml': pod, '.sallyport.yaml': 'policies: [guard.yaml]\nbaseline: base.json\n' });
  expect((await run(cwd, ['a.yaml'])).stderr).toContain('--baseline ./base.json: no such file');
  expect((await run(cwd, ['a.yaml', '--update-baseline'])).code).toBe(0);
  expect((await run(cwd, ['a.yaml'])).code).toBe(0);
  expect((await run(cwd, ['--print-config'])).stdout).toContain('"baseline": "./base.json"');
  await writeFile(join(cwd, '.sallyport.yaml'), 'baseline: ../base.json\n');
  expect((await run(cwd, ['a.yaml'])).stderr).toContain('"../base.json", outside of its folder');
});

/** A corrupt file, and the place of the first fault. */
const corrupt: readonly (readonly [what: string, text: string, place: string])[] = [
  ['what is no JSON', '{\n  "version": 1,\n  "findings": [\n', '4:1'],
  ['another version', '{\n  "version": 2,\n  "findings": []\n}\n', '2:3'],
  ['an unknown field', '{ "version": 1, "findings": [], "x": 1 }', '1:33'],
  ['a finding without a path', '{ "version": 1, "findings": [\n {"guardrail":"g","rule":"r","apiVersion":"v1","kind":"Pod","namespace":"","name":"a"}] }', '2:2'],
  ['nothing', '', '1:1'],
  ['another kind of text', 'hello\n', '1:1'],
  ['bytes that are no text', '{"version":\0}', '1:12'],
]; // prettier-ignore

test.each(corrupt)('a baseline of %s is refused, and left alone', async (_what, text, place) => {
  const cwd = await folder({ 'guard.yaml': policy, 'a.yaml': pod, 'base.json': text });
  const argv = ['--policies', 'guard.yaml', '--baseline', 'base.json', '--update-baseline', '--format', 'json', 'a.yaml'];
  const { code, stdout } = await run(cwd, argv);
  const [error] = (JSON.parse(stdout) as Scanned).errors;
  expect([code, `${error?.file}:${error?.line}:${error?.column}`]).toEqual([2, `base.json:${place}`]);
  expect(await readFile(join(cwd, 'base.json'), 'utf8')).toBe(text);
});

const flagFaults: readonly (readonly [argv: string[], message: RegExp])[] = [
  [['--baseline', 'none.json'], /--baseline none\.json: no such file; --update-baseline makes it/],
  [['--update-baseline'], /--update-baseline: name the file with --baseline/],
  [['--prune'], /--prune: name the file with --baseline/],
  [['--baseline', 'b.json', '--update-baseline', '--prune', '--only', 'privileged'], /--prune would drop what --only leaves out/],
  [['--baseline', '.'], /--baseline \.: it cannot be read \(EISDIR\)/],
  [['--baseline', 'no/b.json', '--update-baseline'], /--baseline no\/b\.json cannot be written \(ENOENT\)/],
];

test.each(flagFaults)('%j is refused', async (argv, message) => {
  const cwd = await folder({ 'guard.yaml': policy, 'a.yaml': pod });
  const { code, stderr } = await run(cwd, ['--policies', 'guard.yaml', 'a.yaml', ...argv]);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(existsSync(join(cwd, 'b.json'))).toBe(false);
});

test('no comment whatever throws, and a place in it is in it', () => {
  const words = fc.constantFrom('#', 'sallyport', ':', 'allow', 'until', '--', ',', 'privileged', '2027-03-01', ' ', '\t', 'ü', '\u2028');
  const comment = fc.oneof(fc.string({ unit: 'binary' }), fc.array(words, { maxLength: 20 }).map((parts) => parts.join(' ')), fc.array(words).map((parts) => `# sallyport: allow ${parts.join('')}`)); // prettier-ignore
  const names = new Set(['privileged']);
  fc.assert(
    fc.property(comment, (text) => {
      const parsed = parseInlineException(text, names);
      const sound =
        'message' in parsed
          ? parsed.offset <= text.length
          : parsed.rules.every((rule) => names.has(rule)) && parsed.reason.trim() !== '' && !Number.isNaN(parsed.expires);
      expect(sound).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('no text whatever throws, and every comment is one of its lines', () => {
  const parts = fc.constantFrom('#', ALLOW, '\n', '\r\n', '---', '...', '"', "'", '|', '>', ': ', '- ', 'a', '  ', '{', '}', '[', ']', '&x ', '*x', '\uFEFF');
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), (words) => {
      const text = words.join('');
      for (const comment of commentsIn(text, INLINE_OPENING)) {
        expect(text.split('\n')[comment.line - 1]).toContain(comment.text);
        expect(comment.about).toBeGreaterThanOrEqual(comment.line);
      }
    }),
    { numRuns: 1000 },
  );
}); // prettier-ignore

test('what stands in a block scalar or in quotes is no comment', () => {
  const style = fc.constantFrom('|', '>', '|-', '>+', '|2', '>2-');
  const before = fc.array(fc.constantFrom('', 'text', '# note', ' more', '"', '- x: y', '...x'), { maxLength: 5 });
  fc.assert(
    fc.property(style, before, fc.boolean(), (header, content, quoted) => {
      const inside = ['start', ...content.map((line) => (quoted ? line.replaceAll('"', '') : line)), ALLOW].map((line) => `    ${line}`);
      const value = quoted ? `"\n${inside.join('\n')}"` : `${header}\n${inside.map((line) => line.slice(2)).join('\n')}`;
      const text = `a:\n  - b: 1\nc: 2\nd: ${quoted ? value : value.replaceAll('\n    ', '\n  ')}\n${ALLOW}\ne: 1\n`;
      const found = commentsIn(text, INLINE_OPENING);
      expect(found.map(({ line }) => text.split('\n')[line - 1])).toEqual([ALLOW]);
    }),
    { numRuns: 300 },
  );
});

test('a comment in a block scalar never quiets', async () => {
  const script = `${lines.head}${lines.containers}        x: |\n          ${ALLOW}\n${lines.privileged}`;
  const report = await judged({ 'a.yaml': script });
  expect(states(report)).toEqual(['12 privileged active']);
  expect([report.errors, report.stderr]).toEqual([[], '']);
});
