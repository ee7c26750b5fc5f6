import { ClusterError } from '../../cluster/error.ts';
import type { Facts, NamespaceFacts, ParamSource, Want } from '../../engine/facts.ts';
import type { Finding } from '../../engine/finding.ts';
import type { Subject } from '../../engine/subject.ts';
import { canonical } from '../../kube/canonical.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { honours } from '../../policy/exceptions.ts';
import type { PolicyFile } from '../../policy/load.ts';
import type { ReportError } from '../../report/report.ts';
import type { Io } from '../io.ts';
import type { PolicySet } from '../policy-flags.ts';
import { fault } from '../scan/input.ts';
import { progress } from '../scan/progress.ts';
import type { ClusterFlags, LiveCluster } from './read-cluster.ts';
import { openCluster } from './read-cluster.ts';
import type { Judged, Row } from './row.ts';
import { gatherRows } from './rows.ts';

/** How what runs is judged. */
export interface LiveJudging<F extends Finding> {
  /** The policies, with the exceptions that the cluster holds among them. */
  readonly policies: (exceptions: readonly PolicyFile[]) => PolicySet;
  readonly judge: (policies: PolicySet) => (subject: Subject, facts: Facts) => Judged<F> & { readonly wants: readonly Want[] };
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface LiveReport<F extends Finding> {
  readonly policies: PolicySet;
  readonly rows: readonly Row<F>[];
  readonly errors: readonly ReportError[];
}

/** Judges what runs in a cluster, by its topmost owners. What could not be read or judged is among the errors; nothing is thrown but faults of ours and of flags. */
export async function judgeLive<F extends Finding>(flags: ClusterFlags, judging: LiveJudging<F>, io: Io): Promise<LiveReport<F>> {
  const errors: ReportError[] = [];
  let cluster: LiveCluster | null = null;
  let rows: readonly Row<F>[] = [];
  let policies = judging.policies([]);
  try {
    cluster = openCluster(flags, io);
    const namespaces = await cluster.namespaces();
    if (policies.set.guardrails.some(({ honours: patterns }) => patterns !== undefined)) {
      const stored = (await cluster.exceptions(errors)).filter((object) => mayHold(object, policies));
      if (stored.length > 0) policies = judging.policies(stored.map(asFile));
    }
    rows = await judgeAll(cluster, { ...judging, policies, namespaces, errors }, io);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    errors.push(fault('cluster', error.code === 'no-cluster' ? NO_CLUSTER : error.message));
  } finally {
    await cluster?.close();
  }
  return { policies, rows, errors };
}

/** The error itself speaks to whoever runs the server. */
const NO_CLUSTER = 'no kubeconfig was found, and this is no pod; name one with --kubeconfig FILE or KUBECONFIG';

interface Pass<F extends Finding> extends Pick<LiveJudging<F>, 'judge' | 'now'> {
  readonly policies: PolicySet;
  readonly namespaces: ReadonlyMap<string, NamespaceFacts> | null;
  readonly errors: ReportError[];
}

async function judgeAll<F extends Finding>(cluster: LiveCluster, pass: Pass<F>, io: Io): Promise<readonly Row<F>[]> {
  const { namespaces, errors, now } = pass;
  const params = new Map<string, readonly Json[]>();
  const facts: Facts = { now, namespace: (name) => namespaces?.get(name), params: (source) => params.get(keyOf(source)) };
  const judge = pass.judge(pass.policies);
  const takesParams = Boolean(pass.policies.set.upstream?.params?.kinds.length);
  const unknown = new Set<string>();
  const rows = gatherRows((subject) => {
    const judged = judge(subject, facts);
    for (const want of judged.wants) if (want.kind === 'namespace') unknown.add(want.name);
    return judged;
  });
  const bar = progress(0, io.errorTerminal && !io.env['CI'] ? io.stderr : null, () => performance.now(), 'objects');
  try {
    for await (const subject of cluster.subjects(errors, bar.show)) {
      if (takesParams) await learnParams(subject);
      rows.add(subject);
    }
  } finally {
    bar.clear();
  }
  if (unknown.size > 0 && namespaces === null) errors.push(cluster.forbiddenNamespaces);
  // One that was made while the lists were read.
  else
    for (const name of unknown) errors.push(fault(`cluster:${name}`, `the labels of the namespace "${name}" are not known; judge again`));
  return rows.all();

  async function learnParams(subject: Subject): Promise<void> {
    for (const want of judge(subject, facts).wants) {
      if (want.kind !== 'params' || params.has(keyOf(want.source))) continue;
      params.set(keyOf(want.source), (await cluster.params(want.source, errors)) ?? []);
    }
  }
}

const keyOf = (source: ParamSource): string => canonical({ ...source });

/** Those that are granted in vain, or to guardrails that are not judged by, are somebody else's matter. */
function mayHold({ metadata, spec }: JsonObject, { set }: PolicySet): boolean {
  const named = isObject(spec) ? spec['guardrail'] : null;
  const namespace = isObject(metadata) && typeof metadata['namespace'] === 'string' ? metadata['namespace'] : '';
  return set.guardrails.some((guardrail) => guardrail.name === named && honours(guardrail, namespace));
}

function asFile(object: JsonObject): PolicyFile {
  const { namespace, name } = isObject(object['metadata']) ? object['metadata'] : {};
  const file = `${STORED}${[namespace, 'GuardrailException', name].filter((part) => typeof part === 'string').join('/')}`;
  return { file, text: `${JSON.stringify(object)}\n`, origin: file };
}

/** What the name of a stored object begins with, where that of a file would stand. */
const STORED = 'cluster:';

const isStored = ({ file }: Pick<ReportError, 'file'>): boolean => file.startsWith(STORED);

/** One that is stored with a fault is not in force, and what is judged is judged without it: a warning, no error. */
export const storedAreNotErrors = (policies: PolicySet): PolicySet => ({
  ...policies,
  errors: policies.errors.filter((error) => !isStored(error)),
  warnings: [...policies.warnings, ...policies.errors.filter(isStored)],
});
