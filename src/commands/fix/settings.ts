import type { Labels } from '../../kube/selector.ts';
import { configured, configuredPaths } from '../config/configured.ts';
import { ignoring } from '../config/ignore.ts';
import { readConfig } from '../config/read-config.ts';
import type { ReadConfig } from '../config/read-config.ts';
import { FlagError, oneOf, parseFlags } from '../flags.ts';
import type { Io } from '../io.ts';
import { policyOptions } from '../policy-flags.ts';
import type { ChartSettings } from '../scan/chart.ts';
import { namespaceLabels, timeOf } from '../scan/namespaces.ts';
import type { Selection } from '../scan/targets.ts';

/** Flags of `fix`: those of `scan` that say what is judged, and its own. */
export const fixOptions = {
  ...policyOptions,
  exceptions: { type: 'string', multiple: true },
  'no-inline': { type: 'boolean' },
  namespace: { type: 'string' },
  'namespace-labels': { type: 'string', multiple: true },
  now: { type: 'string' },
  only: { type: 'string', multiple: true },
  skip: { type: 'string', multiple: true },
  config: { type: 'string' },
  'no-config': { type: 'boolean' },
  helm: { type: 'string' },
  values: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean' },
  interactive: { type: 'boolean', short: 'i' },
  include: { type: 'string', default: 'safe' },
} as const;

export interface FixSettings {
  readonly flags: ReturnType<typeof parseFlags<typeof fixOptions>>['values'];
  readonly config: ReadConfig;
  /** As written. */
  readonly paths: readonly string[];
  readonly namespace: string;
  /** Of namespaces of which nothing else is known; null where the flags do not say. */
  readonly labels: Labels | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly chart: ChartSettings;
  readonly selection: Selection;
  readonly review: boolean;
  readonly dryRun: boolean;
  /** Null where nobody is to be asked. */
  readonly ask: Io['ask'] | null;
}

/** @throws FlagError */
export function readFixSettings(argv: string[], io: Io): FixSettings {
  const { values, positionals } = parseFlags(argv, fixOptions, true);
  const config = readConfig(values, io.cwd);
  const flags: FixSettings['flags'] = configured(values, config, io.cwd, io.root);
  const paths = positionals.length > 0 ? positionals : configuredPaths(config, io.cwd);
  if (paths.length === 0 && config.errors.length === 0) throw new FlagError('name a file or a folder to fix, or - for standard input');
  const namespace = flags.namespace ?? 'default';
  return {
    flags,
    config,
    paths,
    namespace,
    labels: namespaceLabels(flags['namespace-labels']),
    now: timeOf(flags.now, io.now),
    chart: { helm: flags.helm ?? 'helm', values: flags.values ?? [], set: flags.set ?? [], namespace },
    selection: { cwd: io.cwd, ignores: ignoring(config.config.ignore ?? [], config.folder), changed: () => true },
    review: oneOf('include', flags.include, ['safe', 'review']) === 'review',
    dryRun: flags['dry-run'] === true,
    ask: flags.interactive === true ? asker(paths, io) : null,
  };
}

function asker(paths: readonly string[], { ask }: Io): NonNullable<Io['ask']> {
  if (paths.includes('-')) throw new FlagError('--interactive asks on standard input, which - reads as a file; name the file');
  if (ask === undefined)
    throw new FlagError('--interactive needs a terminal to ask on, and standard input is none; --dry-run shows a diff');
  return ask;
}
