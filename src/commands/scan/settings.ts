import type { Severity } from '../../engine/finding.ts';
import { severities } from '../config/config-schema.ts';
import { configured, configuredPaths } from '../config/configured.ts';
import { ignoring } from '../config/ignore.ts';
import { readConfig } from '../config/read-config.ts';
import type { ReadConfig } from '../config/read-config.ts';
import { FlagError, oneOf, parseFlags } from '../flags.ts';
import type { Io } from '../io.ts';
import { noBaseline, readBaseline } from './baseline.ts';
import type { Baseline } from './baseline.ts';
import { changedSince } from './changed-since.ts';
import type { ChartSettings } from './chart.ts';
import type { ClusterFlags } from '../live/read-cluster.ts';
import { liveFlags } from './live-flags.ts';
import { namespaceLabels } from './namespaces.ts';
import { scanOptions } from './options.ts';
import type { Selection } from './targets.ts';

export type ScanFlags = ReturnType<typeof parseFlags<typeof scanOptions>>['values'];

/** What a scan was asked for: the flags, then the configuration file. */
export interface Settings {
  readonly flags: ScanFlags;
  readonly config: ReadConfig;
  /** As written; at least one, unless only the configuration is to be printed. */
  readonly paths: readonly string[];
  readonly namespace: string;
  readonly failOn: Severity | null;
  readonly selection: Selection;
  readonly baseline: Baseline;
  readonly chart: ChartSettings;
  /** The cluster to judge in the place of files. */
  readonly live: ClusterFlags | null;
}

/** @throws FlagError */
export function readSettings(argv: string[], io: Io): Settings {
  const { values, positionals } = parseFlags(argv, scanOptions, true);
  const live = liveFlags(values, positionals);
  const config = readConfig(values, io.cwd);
  const flags: ScanFlags = configured(values, config, io.cwd, io.root);
  const paths = positionals.length > 0 ? positionals : configuredPaths(config, io.cwd);
  const namespace = flags.namespace ?? 'default';
  if (live === null && paths.length === 0 && !flags['print-config'] && config.errors.length === 0) {
    throw new FlagError('name a file or a folder to scan, or - for standard input');
  }
  return {
    flags,
    config,
    paths,
    namespace,
    failOn: flags['fail-on'] === undefined ? null : oneOf('fail-on', flags['fail-on'], severities),
    selection: {
      cwd: io.cwd,
      ignores: ignoring(config.config.ignore ?? [], config.folder),
      changed: flags['changed-since'] === undefined ? () => true : changedSince(flags['changed-since'], io),
    },
    baseline: live === null ? readBaseline(flags, io.cwd) : noBaseline,
    chart: { helm: flags.helm ?? 'helm', values: flags.values ?? [], set: flags.set ?? [], namespace },
    live,
  };
}

/** What `--print-config` prints: the configuration in force, in the form of the file, which may be JSON. */
export function printedConfig({ flags, config, paths, namespace, failOn }: Settings): string {
  const policies = flags.policies ?? (flags['pod-security'] === undefined ? ['restricted'] : undefined);
  const { mode, exceptions, baseline, format, only, skip, strict, schemas } = flags;
  const labels = namespaceLabels(flags['namespace-labels']) ?? undefined;
  const shown = { policies, podSecurity: flags['pod-security'], mode, exceptions, baseline, paths, ignore: config.config.ignore, namespace, namespaceLabels: labels, format, failOn: failOn ?? undefined, only, skip, strict, schemas }; // prettier-ignore
  return `# ${config.file === null ? 'no configuration file' : `from ${config.file}`}\n${JSON.stringify(shown, null, 2)}\n`;
}
