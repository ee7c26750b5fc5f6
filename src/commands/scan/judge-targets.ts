import type { PolicyFile } from '../../policy/load.ts';
import type { Report } from '../../report/report.ts';
import { terminal } from '../../report/terminal.ts';
import type { Io } from '../io.ts';
import { policySet } from '../policy-flags.ts';
import type { PolicySet } from '../policy-flags.ts';
import { choosing, chosenDigest } from './choose.ts';
import type { Leftovers } from './input.ts';
import { namespaceLabels, scannedNamespaces, timeOf } from './namespaces.ts';
import { withMisplaced } from './misplaced.ts';
import { progress } from './progress.ts';
import { readTargets } from './read-targets.ts';
import { scanFiles } from './scan-files.ts';
import { scannedExceptions } from './scanned-exceptions.ts';
import type { Settings } from './settings.ts';
import type { Strict } from './strict.ts';
import type { Target } from './targets.ts';

/**
 * Reads and judges the targets by the policies of the flags and by the exceptions among what is read: where there are any, all is judged
 * again with them, so that their place among the files does not matter.
 * @throws FlagError
 */
export function judgeTargets(
  targets: readonly Target[],
  stdin: Buffer | null,
  { flags, chart, namespace, strict }: Settings & { readonly strict: Strict | null },
  io: Io,
): Report {
  const now = timeOf(flags.now, io.now);
  const clock = { ...io, now: () => new Date(now) };
  const labels = namespaceLabels(flags['namespace-labels']);
  const bar = progress(targets.length, io.errorTerminal && !io.env['CI'] ? io.stderr : null, () => performance.now());
  const policies = policySet(flags, clock);
  const first = pass(policies);
  const [last, report] = first.exceptions.length === 0 ? [policies, first.report] : withExceptions(first.exceptions);
  bar.clear();
  for (const { file, line, column, message } of last.warnings) io.stderr(`warning: ${terminal(`${file}:${line}:${column}: ${message}`)}\n`);
  return { ...report, digest: chosenDigest(report.digest, flags), errors: [...last.errors, ...report.errors] };

  function withExceptions(exceptions: readonly PolicyFile[]): [PolicySet, Report] {
    const whole = policySet(flags, clock, exceptions);
    return [whole, pass(whole).report];
  }

  function pass({ set }: PolicySet): { report: Report; exceptions: readonly PolicyFile[] } {
    const leftovers: Leftovers = { errors: [], skipped: [] };
    const exceptions = scannedExceptions(set);
    const namespaces = scannedNamespaces(now, labels);
    const inputs = readTargets(targets, { chart, allowRemote: flags['allow-remote'] === true, stdin }, io, leftovers, bar.show);
    const chosen = choosing(flags, set);
    const choose: typeof withMisplaced = (verdict, subject) => chosen(withMisplaced(verdict, subject));
    const report = scanFiles(inputs, { set, namespace, choose, namespaces, exceptions, strict });
    return { report: { ...report, errors: [...leftovers.errors, ...report.errors] }, exceptions: exceptions.files };
  }
}
