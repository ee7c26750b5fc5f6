import type { Mode } from '../../engine/finding.ts';
import { modes } from '../../policy/mode.ts';
import { FlagError, oneOf, parseFlags } from '../flags.ts';
import type { Io } from '../io.ts';
import { timeOf } from '../scan/namespaces.ts';

/** Flags of `preview`. */
export const previewOptions = {
  policies: { type: 'string', multiple: true, short: 'f' },
  'pod-security': { type: 'string' },
  exceptions: { type: 'string', multiple: true },
  kubeconfig: { type: 'string' },
  namespace: { type: 'string' },
  'namespace-labels': { type: 'string', multiple: true },
  now: { type: 'string' },
  'draft-exceptions': { type: 'string' },
  'since-mode': { type: 'string' },
  format: { type: 'string', default: 'text' },
} as const;

export interface PreviewSettings {
  readonly flags: ReturnType<typeof parseFlags<typeof previewOptions>>['values'];
  /** Of files; none: the cluster is judged. */
  readonly paths: readonly string[];
  readonly namespace: string | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly since: Mode | null;
  readonly format: 'text' | 'json';
}

/** @throws FlagError */
export function readSettings(argv: string[], io: Io): PreviewSettings {
  const { values: flags, positionals: paths } = parseFlags(argv, previewOptions, true);
  if (flags.policies === undefined && flags['pod-security'] === undefined) {
    throw new FlagError('name what is to be previewed: -f with a guardrail, a folder or a pack, or --pod-security LEVEL');
  }
  refuseMixed(flags, paths);
  const since = flags['since-mode'] === undefined ? null : oneOf('since-mode', flags['since-mode'], modes);
  return {
    flags,
    paths,
    namespace: flags.namespace ?? null,
    now: timeOf(flags.now, io.now),
    since,
    format: oneOf('format', flags.format, ['text', 'json']),
  };
}

function refuseMixed({ kubeconfig, ...flags }: PreviewSettings['flags'], [path]: readonly string[]): void {
  if (path !== undefined && kubeconfig !== undefined) {
    throw new FlagError(`--kubeconfig names a cluster, and ${path} is a path; name one of the two`);
  }
  if (path === undefined && flags['namespace-labels'] !== undefined) {
    throw new FlagError('--namespace-labels: the cluster says the labels of its namespaces; it is for files only');
  }
}
