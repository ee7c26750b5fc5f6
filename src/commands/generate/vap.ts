import { stringify } from 'yaml';
import type { GuardrailDocument } from '../../api/guardrail.ts';
import type { Mode } from '../../engine/finding.ts';
import { nearestWord } from '../../kube/nearest-word.ts';
import type { PolicyPair } from '../../policy/export/admission-policy.ts';
import { exportGuardrail } from '../../policy/export/export-guardrail.ts';
import { compileGuardrail } from '../../policy/guardrail.ts';
import { modes } from '../../policy/mode.ts';
import { FlagError, oneOf, parseFlags } from '../flags.ts';
import type { Io } from '../io.ts';
import { policyOptions, policySet } from '../policy-flags.ts';

const vapOptions = { ...policyOptions, 'exclude-namespace': { type: 'string', multiple: true } } as const;

/** As the registration of the webhook has it where nobody says otherwise: what a cluster is mended with must start. */
const DEFAULT_EXCLUDED = ['kube-system', 'kube-node-lease'];

/** `generate vap PACK|GUARDRAIL`: prints guardrails as ValidatingAdmissionPolicies; on standard error, in what they are not the same. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    return print(argv, io);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport generate vap: ${error.message}\n`);
    return 2;
  }
}

function print(argv: string[], io: Io): number {
  const { values, positionals } = parseFlags(argv, vapOptions, true);
  const excludeNamespaces = (values['exclude-namespace'] ?? DEFAULT_EXCLUDED).filter(Boolean);
  const { documents, others } = chosen(values, positionals, io);
  const taken = new Set<string>();
  const ceiling = values.mode === undefined ? 'Enforce' : oneOf<Mode>('mode', values.mode, modes);
  const exported = documents.map(({ document, origin }) => {
    const context = { now: io.now().getTime(), excludeNamespaces, ceiling, taken };
    return { name: document.metadata.name, ...exportGuardrail(document, compileGuardrail(document, ceiling, origin), context) };
  });
  const pairs = exported.flatMap((one) => one.pairs);
  const notes = [...exported.flatMap(({ name, notes: told }) => told.map((note) => `${name}: ${note}`)), ...others];
  for (const note of notes) io.stderr(`sallyport generate vap: ${note}\n`);
  if (pairs.length === 0) {
    io.stderr('sallyport generate vap: nothing of this can be said in a ValidatingAdmissionPolicy\n');
    return 2;
  }
  io.stdout(policyText(argv, pairs, notes));
  return 0;
}

interface Chosen {
  readonly documents: readonly { readonly document: GuardrailDocument; readonly origin: string }[];
  /** What is loaded and no guardrail. */
  readonly others: readonly string[];
}

function chosen(flags: ReturnType<typeof parseFlags<typeof vapOptions>>['values'], positionals: readonly string[], io: Io): Chosen {
  const [name, ...more] = positionals;
  const given = flags.policies ?? flags['pod-security'];
  if (more.length > 0 || (name === undefined && given === undefined))
    throw new FlagError('name one pack, file, folder or guardrail, such as generate vap restricted');
  const { files, errors } = policySet(given === undefined && name !== undefined ? { ...flags, policies: [name] } : flags, io);
  const [fault] = errors;
  if (fault) throw new FlagError(`${fault.file}:${fault.line}:${fault.column}: ${fault.message}`);
  const sorted = files.guardrails.toSorted((a, b) => (a.document.metadata.name < b.document.metadata.name ? -1 : 1));
  const documents = given === undefined || name === undefined ? sorted : [named(name, sorted)];
  const others = (files.upstream?.policies ?? []).map((policy) => `${policy.kind} ${policy.name} is no guardrail and is not exported`);
  return { documents, others };
}

function named<G extends { readonly document: GuardrailDocument }>(name: string, guardrails: readonly G[]): G {
  const found = guardrails.find(({ document }) => document.metadata.name === name);
  if (found) return found;
  const names = guardrails.map(({ document }) => document.metadata.name);
  const nearest = nearestWord(name, names);
  const advice = nearest === null ? `the guardrails are ${names.join(', ') || 'none'}` : `did you mean ${nearest}?`;
  throw new FlagError(`no guardrail is named ${JSON.stringify(name)}; ${advice}`);
}

function policyText(argv: readonly string[], pairs: readonly PolicyPair[], notes: readonly string[]): string {
  const made = [`Made by: sallyport generate vap ${argv.join(' ')}`, 'For Kubernetes 1.30 and later.'];
  const told = notes.length === 0 ? [] : ['Not the same as the guardrails:', ...notes.map((note) => `- ${note}`)];
  const comments = [...made, ...told].map((line) => `# ${line.replaceAll(/\s+/gu, ' ')}\n`).join('');
  const documents = pairs.flat().map((document) => stringify(document, { lineWidth: 140, aliasDuplicateObjects: false, version: '1.1' }));
  return `${comments}---\n${documents.join('---\n')}`;
}
