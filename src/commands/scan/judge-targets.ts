import type { PolicyFile } from '../../policy/load.ts';
import type { Report, ReportError } from '../../report/report.ts';
import { terminal } from '../../report/terminal.ts';
import { expressionHelp, expressionNames } from '../explain/expressions.ts';
import type { Io } from '../io.ts';
import { policySet } from '../policy-flags.ts';
import type { PolicySet } from '../policy-flags.ts';
import { choosing, chosenDigest } from './choose.ts';
import { inlineExceptions } from './inline.ts';
import type { Leftovers } from './input.ts';
import { namespaceLabels, scannedNamespaces, timeOf } from './namespaces.ts';
import { withMisplaced } from './misplaced.ts';
import { progress } from './progress.ts';
import { readTargets } from './read-targets.ts';
import { scanFiles } from './scan-files.ts';
import { scannedExceptions } from './scanned-exceptions.ts';
import type { Settings } from './settings.ts';
import { suppressing } from './suppress.ts';
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
  { flags, chart, namespace, baseline, strict }: Settings & { readonly strict: Strict | null },
  io: Io,
): Report {
  const now = timeOf(flags.now, io.now);
  const clock = { ...io, now: () => new Date(now) };
  const labels = namespaceLabels(flags['namespace-labels']);
  const bar = progress(targets.length, io.errorTerminal && !io.env['CI'] ? io.stderr : null, () => performance.now());
  const policies = policySet(flags, clock);
  const first = pass(policies);
  const last = first.exceptions.length === 0 ? { ...first, policies } : withExceptions(first.exceptions);
  bar.clear();
  const warnings = [...last.policies.warnings, ...last.warnings];
  for (const { file, line, column, message } of warnings) io.stderr(`warning: ${terminal(`${file}:${line}:${column}: ${message}`)}\n`);
  const { report } = last;
  const sources = new Map([...last.policies.sources, ...report.sources]);
  return {
    ...report,
    digest: chosenDigest(report.digest, flags),
    errors: [...last.policies.errors, ...report.errors],
    sources,
    rules: expressionHelp(last.policies.set),
  };

  function withExceptions(exceptions: readonly PolicyFile[]): Pass & { policies: PolicySet } {
    const whole = policySet(flags, clock, exceptions);
    return { ...pass(whole), policies: whole };
  }

  function pass({ set, files, errors: broken }: PolicySet): Pass {
    const leftovers: Leftovers = { errors: [], skipped: [] };
    const exceptions = scannedExceptions(set);
    const namespaces = scannedNamespaces(now, labels, set.upstream?.params?.kinds);
    const guardrails = files.guardrails.map(({ document }) => document);
    const complete = broken.length === 0 && flags.only === undefined && flags.skip === undefined;
    const inline = flags['no-inline'] ? null : inlineExceptions({ guardrails, others: expressionNames(set), now, complete });
    const suppress = suppressing(inline, baseline);
    const inputs = readTargets(targets, { chart, allowRemote: flags['allow-remote'] === true, stdin }, io, leftovers, bar.show);
    const chosen = choosing(flags, set);
    const choose: typeof withMisplaced = (verdict, subject) => chosen(withMisplaced(verdict, subject));
    const report = scanFiles(inputs, { set, namespace, choose, namespaces, exceptions, strict, suppress });
    const errors = [...leftovers.errors, ...(inline?.errors() ?? []), ...report.errors];
    return { report: { ...report, errors }, exceptions: exceptions.files, warnings: inline?.warnings() ?? [] };
  }
}

interface Pass {
  readonly report: Report;
  /** Among what was read. */
  readonly exceptions: readonly PolicyFile[];
  readonly warnings: readonly ReportError[];
}
