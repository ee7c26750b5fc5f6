import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GUARDRAIL_VERSION } from '../api/guardrail.ts';
import type { Mode } from '../engine/finding.ts';
import { nearestWord } from '../kube/nearest-word.ts';
import { DAY_MS, MAX_LIFETIME_DAYS } from '../policy/exception.ts';
import type { GuardrailSet, LoadedGuardrail } from '../policy/guardrail-set.ts';
import { guardrailSet } from '../policy/guardrail-set.ts';
import type { FileError, PolicyFile } from '../policy/load.ts';
import { loadGuardrails } from '../policy/load.ts';
import { modes } from '../policy/mode.ts';
import type { FilePolicies } from '../policy/store.ts';
import { withUpstream } from '../policy/upstream/with-upstream.ts';
import { levels, parsePolicyVersion } from '../standards/pod-security.ts';
import { FlagError, oneOf } from './flags.ts';
import type { Io } from './io.ts';

/** Flags that name the guardrails; the same at every door. */
export const policyOptions = {
  policies: { type: 'string', multiple: true },
  'pod-security': { type: 'string' },
  mode: { type: 'string' },
  'max-exception-days': { type: 'string' },
} as const;

export interface PolicyFlags {
  readonly policies?: string[] | undefined;
  readonly 'pod-security'?: string | undefined;
  readonly mode?: string | undefined;
  /** Files and folders of exceptions; they may stand among the policies as well. */
  readonly exceptions?: string[] | undefined;
  /** Days that an exception may hold at most; 90 where nobody says otherwise. */
  readonly 'max-exception-days'?: string | undefined;
}

const DEFAULT_PACK = 'restricted';

export interface PolicySet {
  readonly set: GuardrailSet;
  /** What the set is made of. */
  readonly files: FilePolicies;
  /** Every fault of the files. */
  readonly errors: FileError[];
  /** What is in force and weaker than it looks. */
  readonly warnings: FileError[];
  /** Texts of the files with faults, to show where they are. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * The set that the flags name.
 * @param more files that were read already.
 * @throws FlagError
 */
export function policySet(
  flags: PolicyFlags,
  { cwd, root, now }: Pick<Io, 'cwd' | 'root' | 'now'>,
  more: readonly PolicyFile[] = [],
): PolicySet {
  const ceiling = flags.mode === undefined ? 'Enforce' : oneOf<Mode>('mode', flags.mode, modes);
  const shorthand = flags['pod-security'] === undefined ? [] : [podSecurityGuardrail(flags['pod-security'])];
  const files = [...readPolicies(flags, { cwd, root }), ...more];
  const maxLifetime = days(flags['max-exception-days'] ?? String(MAX_LIFETIME_DAYS)) * DAY_MS;
  const guardrails = shorthand.map(({ document }) => document);
  const { loaded, exceptions, upstream, errors, warnings } = loadGuardrails(files, {
    guardrails,
    now: now().getTime(),
    maxLifetime,
    ceiling,
  });
  const all = { guardrails: [...loaded, ...shorthand], exceptions, upstream, ceiling, maxLifetime };
  const own = guardrailSet(all.guardrails, ceiling, { documents: exceptions, maxLifetime });
  const faulty = new Set(errors.map(({ file }) => file));
  const sources = new Map(files.filter(({ file }) => faulty.has(file)).map(({ file, text }) => [file, text]));
  return { set: withUpstream(own, upstream), files: all, errors, warnings, sources };
}

function days(value: string): number {
  const number = Number(value);
  if (!/^\d{1,5}$/.test(value) || number === 0)
    throw new FlagError(`--max-exception-days ${value}: a number of days is expected, such as 90`);
  return number;
}

/** The files that the flags name, unread. @throws FlagError */
export function readPolicies(flags: PolicyFlags, { cwd, root }: Pick<Io, 'cwd' | 'root'>): PolicyFile[] {
  const paths = flags.policies ?? (flags['pod-security'] === undefined ? [DEFAULT_PACK] : []);
  return [
    ...paths.flatMap((path) => policyFiles(path, cwd, root)),
    ...(flags.exceptions ?? []).flatMap((path) => filesAt('exceptions', path, cwd)),
  ];
}

/** `--pod-security LEVEL[:VERSION]` is one guardrail in Enforce. */
function podSecurityGuardrail(flag: string): LoadedGuardrail {
  const [level = '', version = 'latest', ...rest] = flag.split(':');
  if (rest.length > 0 || parsePolicyVersion(version) === null) {
    throw new FlagError(
      `--pod-security ${flag}: LEVEL or LEVEL:VERSION is expected, VERSION being latest or v1.N, such as restricted:v1.36`,
    );
  }
  const podSecurity = { level: oneOf('pod-security', level, levels), version };
  return {
    document: {
      apiVersion: GUARDRAIL_VERSION,
      kind: 'Guardrail',
      metadata: { name: 'pod-security' },
      spec: { title: `Pod Security ${flag}`, mode: 'Enforce', rules: [{ podSecurity }] },
    },
    origin: `--pod-security ${flag}`,
  };
}

/** The files that one `--policies` names: a shipped pack by its name, or what lies at a path. */
function policyFiles(path: string, cwd: string, root: URL): PolicyFile[] {
  const shipped = packs(root);
  const origin = `--policies ${path}`;
  if (shipped.includes(path)) return [readPolicy(`policies/${path}.yaml`, fileURLToPath(new URL(`policies/${path}.yaml`, root)), origin)];
  return filesAt('policies', path, cwd, `, folder or pack; ${packAdvice(path, shipped)}`);
}

/** A file, or every YAML and JSON file of a folder. */
function filesAt(flag: string, path: string, cwd: string, kinds = ' or folder'): PolicyFile[] {
  const origin = `--${flag} ${path}`;
  const absolute = resolve(cwd, path);
  const found = statSync(absolute, { throwIfNoEntry: false });
  if (!found) throw new FlagError(`${origin}: no such file${kinds}`);
  if (!found.isDirectory()) return [readPolicy(path, absolute, origin)];
  const names = policyNames(absolute);
  if (names.length === 0) throw new FlagError(`${origin}: the folder holds no .yaml, .yml or .json file`);
  return names.map((name) => readPolicy(join(path, name), join(absolute, name), origin));
}

function packAdvice(path: string, shipped: readonly string[]): string {
  const nearest = nearestWord(path, shipped);
  return nearest === null ? `the packs are ${shipped.join(', ')}` : `did you mean the pack ${nearest}?`;
}

/** What tests a policy, tells of it or lists it stands beside it and is none. */
const isPolicyTest = (name: string): boolean => /(\.test|(^|\/)(artifacthub-pkg|kustomization))\.ya?ml$|(^|\/)tests\.json$/.test(name);

const packs = (root: URL): string[] =>
  readdirSync(new URL('policies/', root)).flatMap((name) =>
    name.endsWith('.yaml') && !isPolicyTest(name) ? [name.slice(0, -'.yaml'.length)] : [],
  );

/** A mounted ConfigMap keeps its versions in folders whose names begin with two dots; only its own names count. */
function policyNames(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ya?ml|json)$/.test(name) && !isPolicyTest(name) && !/(^|\/)\./.test(name))
    .toSorted();
}

function readPolicy(file: string, path: string, origin: string): PolicyFile {
  try {
    return { file, text: readFileSync(path, 'utf8'), origin };
  } catch (error) {
    throw new FlagError(`${origin}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause: error });
  }
}
