import type { Mode } from '../../engine/finding.ts';
import { modes } from '../../policy/mode.ts';
import type { Config } from '../config/config-schema.ts';
import { configured } from '../config/configured.ts';
import { ignoring } from '../config/ignore.ts';
import { readConfig } from '../config/read-config.ts';
import type { ReadConfig } from '../config/read-config.ts';
import { FlagError, oneOf, parseFlags } from '../flags.ts';
import type { Io } from '../io.ts';
import type { ChartSettings } from '../scan/chart.ts';
import { timeOf } from '../scan/namespaces.ts';
import type { Selection } from '../scan/targets.ts';

/** Flags of `preview`. */
export const previewOptions = {
  policies: { type: 'string', multiple: true, short: 'f' },
  'pod-security': { type: 'string' },
  exceptions: { type: 'string', multiple: true },
  kubeconfig: { type: 'string' },
  config: { type: 'string' },
  'no-config': { type: 'boolean' },
  helm: { type: 'string' },
  values: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
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
  readonly selection: Selection;
  readonly chart: ChartSettings;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly since: Mode | null;
  readonly format: 'text' | 'json';
}

/** @throws FlagError */
export function readSettings(argv: string[], io: Io): PreviewSettings {
  const { values, positionals: paths } = parseFlags(argv, previewOptions, true);
  refuseMixed(values, paths);
  const config = readConfig(values, io.cwd);
  const [fault] = config.errors;
  if (fault) throw new FlagError(`${fault.file}:${fault.line}:${fault.column}: ${fault.message}`);
  const flags = withConfig(values, { ...config, config: meant(config.config, paths) }, io);
  if (flags.policies === undefined && flags['pod-security'] === undefined) {
    throw new FlagError('name what is to be previewed: -f with a guardrail, a folder or a pack, or --pod-security LEVEL');
  }
  const since = flags['since-mode'] === undefined ? null : oneOf('since-mode', flags['since-mode'], modes);
  return {
    flags,
    paths,
    namespace: flags.namespace ?? null,
    selection: { cwd: io.cwd, ignores: ignoring(config.config.ignore ?? [], config.folder), changed: () => true },
    chart: { helm: flags.helm ?? 'helm', values: flags.values ?? [], set: flags.set ?? [], namespace: flags.namespace ?? 'default' },
    now: timeOf(flags.now, io.now),
    since,
    format: oneOf('format', flags.format, ['text', 'json']),
  };
}

/** What the configuration says of a preview: not which files, which would hide the cluster, nor a mode, which would hide what is to come. */
function meant({ policies, podSecurity, exceptions, namespace, namespaceLabels }: Config, paths: readonly string[]): Config {
  const always = { ...(policies && { policies }), ...(podSecurity && { podSecurity }), ...(exceptions && { exceptions }) };
  if (paths.length === 0) return always;
  return { ...always, ...(namespace && { namespace }), ...(namespaceLabels && { namespaceLabels }) };
}

const withConfig = (flags: PreviewSettings['flags'], config: ReadConfig, { cwd, root }: Io): PreviewSettings['flags'] => {
  const { format, ...given } = flags;
  return { ...configured(given, config, cwd, root), format };
};

function refuseMixed({ kubeconfig, ...flags }: PreviewSettings['flags'], [path]: readonly string[]): void {
  if (path !== undefined && kubeconfig !== undefined) {
    throw new FlagError(`--kubeconfig names a cluster, and ${path} is a path; name one of the two`);
  }
  if (path === undefined && flags['namespace-labels'] !== undefined) {
    throw new FlagError('--namespace-labels: the cluster says the labels of its namespaces; it is for files only');
  }
}
