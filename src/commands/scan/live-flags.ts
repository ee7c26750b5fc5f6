import { FlagError } from '../flags.ts';
import type { ClusterFlags } from '../live/read-cluster.ts';

/** Flags that mean something where there are no files. */
const meant = new Set(
  'live kubeconfig namespace policies pod-security mode exceptions only skip now fail-on exit-zero config no-config print-config format quiet verbose color'.split(' '),
); // prettier-ignore

/**
 * Which cluster `--live` judges; null where files are judged.
 * @param values those that the command line gives, without what a configuration says.
 * @throws FlagError where flags stand together that cannot.
 */
export function liveFlags(
  values: Readonly<Record<string, unknown>> & {
    readonly live?: boolean | undefined;
    readonly kubeconfig?: string | undefined;
    readonly namespace?: string | undefined;
  },
  [path]: readonly string[],
): ClusterFlags | null {
  const { live, kubeconfig, namespace = null } = values;
  if (!live) {
    if (kubeconfig !== undefined)
      throw new FlagError('--kubeconfig names a cluster, and files are judged; add --live to judge what runs there');
    return null;
  }
  if (path !== undefined) throw new FlagError(`--live judges what runs in a cluster, not ${path}; name one of the two`);
  const idle = Object.keys(values).find((name) => values[name] !== undefined && !meant.has(name));
  if (idle !== undefined) throw new FlagError(`--live and --${idle} exclude each other: there are no files to judge`);
  return { kubeconfig, namespace };
}
