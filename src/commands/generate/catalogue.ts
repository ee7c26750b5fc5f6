import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import { parse, stringify } from 'yaml';
import type { GuardrailDocument } from '../../api/guardrail.ts';
import { checks } from '../../checks/index.ts';
import type { AnyCheck } from '../../engine/check.ts';
import { isObject } from '../../kube/json.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { foreignNames, tools } from '../../standards/foreign-names.ts';
import type { ControlVersion } from '../../standards/pod-security.ts';
import { podSecurity } from '../../standards/pod-security.ts';

/** policies/README.md: every pack, every control of the Pod Security Standards and every check, in their own words. */
export async function catalogue(root: string): Promise<Record<string, string>> {
  const all = [...checks.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const sections = [intro, await packs(root), ownGuardrail, overview(all), standards(), '## The checks', ...all.map(section)];
  return { 'policies/README.md': `${sections.join('\n\n')}\n` };
}

const intro = `\
# Guardrails and checks

<!-- Generated from the checks and packs by \`npm run generate\`: edit those. -->

A **guardrail** is a policy: a list of rules, and a mode that says what a finding does. A rule names a **check**, or a level of the
[Pod Security Standards](https://kubernetes.io/docs/concepts/security/pod-security-standards/), which is a set of checks.`;

const ownGuardrail = `\
## A guardrail of your own

\`\`\`yaml
apiVersion: sallyport.dev/v1alpha1
kind: Guardrail
metadata:
  name: shop
spec:
  mode: Enforce # Enforce refuses, Warn warns, Audit records; "Off" needs its quotes, since YAML reads a bare Off as false
  exempt:
    namespaces: [kube-system, monitoring-*]
  rules:
    - check: privileged
    - check: capabilities
      with: { add: [NET_BIND_SERVICE, CHOWN] }
    - podSecurity: { level: restricted, version: latest, except: [seccompProfile_restricted] }
      mode: Warn
\`\`\`

Load it with \`--policies FILE\`, or a folder of such files. A field, a check or a param that is not known is an error with its line.`;

async function packs(root: string): Promise<string> {
  const files = (await readdir(join(root, 'policies'))).filter((file) => file.endsWith('.yaml') && !file.endsWith('.test.yaml')).toSorted();
  const rows = await Promise.all(files.map(async (file) => pack(file, await readFile(join(root, 'policies', file), 'utf8'))));
  return `\
## Packs

Shipped guardrails, loaded by name: \`sallyport scan --policies restricted FILE\`. Where no policy is named, \`restricted\` is loaded.

${table(['pack', 'what it is for', 'mode', 'rules'], rows)}`;
}

function pack(file: string, text: string): string[] {
  const { spec } = parse(text) as GuardrailDocument;
  const rules = spec.rules.map(({ check, podSecurity }) =>
    podSecurity ? `Pod Security ${podSecurity.level}, ${podSecurity.version ?? 'latest'}` : `\`${check ?? ''}\``,
  );
  return [`[\`${file.replace(/\.yaml$/, '')}\`](${file})`, spec.title ?? '', spec.mode, rules.join(', ')];
}

function overview(all: readonly AnyCheck[]): string {
  const rows = all.map((check) => [`[\`${check.id}\`](#${check.id})`, check.title, check.severity, levelOf(check)]);
  return `## All checks at a glance\n\n${table(['check', 'what it holds', 'severity', 'Pod Security level'], rows)}`;
}

function standards(): string {
  const rows = [...new Set(podSecurity.map(({ control }) => control))].map((control) => {
    const versions = podSecurity.filter((row) => row.control === control);
    const [first] = versions;
    const from = versions.map(({ since }) => `v1.${since}`).join(', ');
    return [`\`${control}\``, first?.level ?? '', from, link(first?.check), (first?.overrides ?? []).map((id) => `\`${id}\``).join(', ')];
  });
  return `\
## Pod Security Standards

The controls carry upstream's check IDs, which \`except\` takes and every finding shows. Under *from*, the versions at which a control came or
changed. A control of level restricted takes the place of the baseline control that it replaces.

${table(['control', 'level', 'from', 'check', 'replaces'], rows)}`;
}

function section(check: AnyCheck): string {
  const { id, title, why, byDefault, breaks, severity, messages, example, refs } = check;
  return [
    `### ${id}`,
    `**${title}.** Severity ${severity}.`,
    why,
    `**By default.** ${byDefault}`,
    controls(check),
    params(check),
    `What it says:\n\n${Object.entries(messages).map(([key, text]) => `- \`${key}\`: ${inCode(text)}`).join('\n')}`, // prettier-ignore
    `Refused:\n\n${yamlBlock(example.bad)}`,
    `Allowed:\n\n${yamlBlock(example.good)}`,
    `**What the cure may break.** ${breaks}`,
    `**Elsewhere.** ${elsewhere(id) || 'No check of the same meaning'}.`,
    `See ${refs.map(reference).join(', ')}.`,
  ].join('\n\n');
}

function controls({ id }: AnyCheck): string {
  const rows = podSecurity
    .filter(({ check }) => check.id === id)
    .map((row) => [`\`${row.control}\``, row.level, `v1.${row.since}`, changes(row)]);
  return rows.length === 0 ? 'It stands for no control of the Pod Security Standards.' : table(['control', 'level', 'from', 'with'], rows);
}

/** Params of a control, or what is new in them since the version before. */
function changes({ control, since, params }: ControlVersion): string {
  const before = podSecurity.findLast((row) => row.control === control && row.since < since)?.params;
  return Object.entries(params as JsonObject)
    .map(([key, value]) => change(key, value ?? null, isObject(before) ? before[key] : undefined))
    .filter((words) => words !== '')
    .join('; ');
}

function change(key: string, value: Json, before: Json | undefined): string {
  if (JSON.stringify(value) === JSON.stringify(before)) return '';
  if (!Array.isArray(value)) return `${key}: ${JSON.stringify(value)}`;
  const old = Array.isArray(before) ? before : [];
  const added = value
    .filter((item) => !old.includes(item))
    .map(String)
    .join(', ');
  return old.length > 0 ? `${key}: also ${added}` : `${key}: ${added || 'none'}`;
}

function params({ params }: AnyCheck): string {
  const properties = (params as { properties?: Record<string, TSchema & ParamSchema> }).properties ?? {};
  const rows = Object.entries(properties).map(([name, schema]) => [
    `\`${name}\``,
    schema.type === 'array' ? `list of ${schema.items?.type ?? 'value'}s` : schema.type,
    `\`${JSON.stringify(schema.default)}\``,
    schema.description,
  ]);
  return rows.length === 0 ? 'It takes no params.' : table(['param', 'type', 'default', 'what it does'], rows);
}

interface ParamSchema {
  readonly type: string;
  readonly items?: { readonly type: string };
  readonly default: Json;
  readonly description: string;
}

function levelOf({ id }: AnyCheck): string {
  return [...new Set(podSecurity.filter(({ check }) => check.id === id).map(({ level }) => level))].join(', ');
}

const elsewhere = (id: string): string =>
  tools
    .flatMap((tool) => {
      const names = foreignNames[id]?.[tool] ?? [];
      return names.length === 0 ? [] : `${tool} ${names.map(inCode).join(', ')}`;
    })
    .join('; ');

const link = (check: AnyCheck | undefined): string => (check ? `[\`${check.id}\`](#${check.id})` : '');
const reference = (ref: string): string => (ref.startsWith('https://') ? `<${ref}>` : ref);

/** Braces and quotes of a message stay as they are in code. */
const inCode = (text: string): string => `\`${text}\``;

/** Examples are written in one line; block style shows where a field belongs. */
const yamlBlock = (text: string): string => `\`\`\`yaml\n${stringify(parse(text), { lineWidth: 0 }).trimEnd()}\n\`\`\``;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text: string): string => text.replaceAll('|', '\\|');
