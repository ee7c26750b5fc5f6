import { judge } from '../../policy/judge.ts';
import type { Report } from '../../report/report.ts';
import { terminal } from '../../report/terminal.ts';
import { expressionHelp } from '../explain/expressions.ts';
import type { Io } from '../io.ts';
import { policySet } from '../policy-flags.ts';
import { choosing, chosenDigest } from '../scan/choose.ts';
import { timeOf } from '../scan/namespaces.ts';
import type { Settings } from '../scan/settings.ts';
import { judgeLive, storedAreNotErrors } from './judge-live.ts';
import type { ClusterFlags } from './read-cluster.ts';
import type { Row } from './row.ts';
import { byPlace } from './row.ts';

/** What `scan --live` reports: a result for each topmost owner that runs in the cluster. @throws FlagError */
export async function judgeRunning({ flags }: Pick<Settings, 'flags'>, cluster: ClusterFlags, io: Io): Promise<Report> {
  const now = timeOf(flags.now, io.now);
  const clock = { ...io, now: () => new Date(now) };
  const { policies, rows, errors } = await judgeLive(
    cluster,
    {
      now,
      policies: (exceptions) => storedAreNotErrors(policySet(flags, clock, exceptions)),
      judge({ set }) {
        const choose = choosing(flags, set);
        return (subject, facts) => {
          const judged = judge(set, subject, facts);
          return { ...choose(judged), wants: judged.wants };
        };
      },
    },
    io,
  );
  for (const { file, line, column, message } of policies.warnings)
    io.stderr(`warning: ${terminal(`${file}:${line}:${column}: ${message}`)}\n`);
  return {
    digest: chosenDigest(policies.set.digest, flags),
    results: rows.toSorted(byPlace).map(resultOf),
    errors: [...policies.errors, ...errors],
    ignored: [],
    sources: new Map(),
    rules: expressionHelp(policies.set),
  };
}

/** Nobody wrote it in a file, so all of it stands at the first line. */
function resultOf({ source, apiVersion, kind, namespace, name, verdict, findings }: Row): Report['results'][number] {
  const located = findings.map(({ finding, inPod }) => ({ ...finding, namedPath: inPod, line: 1, column: 1 }));
  return { file: source, line: 1, apiVersion, kind, namespace, name, verdict, findings: located };
}
