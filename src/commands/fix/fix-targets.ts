import { unifiedDiff } from '../../fix/unified-diff.ts';
import { errorFrames } from '../../report/frame.ts';
import type { Report, ReportError } from '../../report/report.ts';
import { textFrame } from '../../report/text-frame.ts';
import { locator } from '../../yaml/locate.ts';
import { positions } from '../../yaml/position.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { Io } from '../io.ts';
import { policySet } from '../policy-flags.ts';
import { noBaseline } from '../scan/baseline.ts';
import { choosing } from '../scan/choose.ts';
import { inlineExceptions } from '../scan/inline.ts';
import { fault } from '../scan/input.ts';
import type { Leftovers } from '../scan/input.ts';
import { withMisplaced } from '../scan/misplaced.ts';
import { readTargets } from '../scan/read-targets.ts';
import { suppressing } from '../scan/suppress.ts';
import { findTargets } from '../scan/targets.ts';
import type { Target } from '../scan/targets.ts';
import { asking } from './ask.ts';
import { chartAround } from './chart-around.ts';
import { chartToFix } from './chart-to-fix.ts';
import { fixChart } from './fix-chart.ts';
import { fixText } from './fix-text.ts';
import type { Fixed, FixOptions, Left } from './fix-text.ts';
import { readAhead } from './read-ahead.ts';
import type { FixSettings } from './settings.ts';
import { writeCured } from './write-cured.ts';

/** What all files came to. */
export interface Outcome extends Leftovers {
  files: number;
  cured: number;
  judged: number;
  /** Something is left that is denied, or that is to be done by hand in a chart. */
  failed: boolean;
  readonly left: Left[];
  /** The lines around errors, where they can be shown. */
  readonly frames: Map<ReportError, readonly string[]>;
}

/** Cures file after file, by the policies, exceptions and namespaces that a scan of the same paths would go by. @throws FlagError */
export async function fixTargets(settings: FixSettings, outcome: Outcome, io: Io): Promise<void> {
  const { flags, namespace, ask, review, now } = settings;
  const targets = findTargets(settings.paths, settings.selection, outcome).filter((target) => isTaken(target, outcome));
  const stdin = targets.some(({ kind }) => kind === 'stdin') ? await io.stdin() : null;
  const reading: Reading = { targets, settings, stdin, io };
  const clock = { ...io, now: () => new Date(now) };
  const own = policySet(flags, clock);
  const ahead = readAhead(inputsOf(targets, reading, { errors: [], skipped: [] }), own.set, settings);
  const { set, files, errors } = ahead.exceptions.length === 0 ? own : policySet(flags, clock, ahead.exceptions);
  if (errors.length > 0) return void outcome.errors.push(...errors);
  const guardrails = files.guardrails.map(({ document }) => document);
  const inline = flags['no-inline'] === true ? null : inlineExceptions({ guardrails, now, complete: false });
  const chosen = choosing(flags, set);
  const choose: typeof withMisplaced = (verdict, subject) => chosen(withMisplaced(verdict, subject));
  const scan = { set, namespace, choose, namespaces: ahead.namespaces, suppress: suppressing(inline, noBaseline) };
  const options: FixOptions = { scan, review, take: ask ? asking(ask) : async () => true };
  for (const target of targets) await fixTarget(target, reading, options, outcome);
}

interface Reading {
  readonly targets: readonly Target[];
  readonly settings: FixSettings;
  readonly stdin: Buffer | null;
  readonly io: Io;
}

const inputsOf = (targets: readonly Target[], { settings: { chart }, stdin, io }: Reading, leftovers: Leftovers) =>
  readTargets(targets, { chart, allowRemote: false, stdin }, io, leftovers);

async function fixTarget(target: Target, reading: Reading, options: FixOptions, outcome: Outcome): Promise<void> {
  const { settings, io } = reading;
  const inputs = inputsOf([target], reading, outcome);
  if (target.kind === 'chart') return tellChart();
  for (const input of inputs) {
    const fixed = await fixText(input, options);
    if (!deliver(target, input.text, fixed, reading, outcome)) continue;
    takeErrors(fixed.report);
    outcome.judged += fixed.report.results.length;
    outcome.files += Number(fixed.text !== input.text);
    outcome.cured += fixed.cured;
    outcome.failed ||= fixed.report.results.some(({ verdict }) => verdict === 'deny');
    outcome.left.push(...(settings.dryRun ? placedIn(input.text, fixed.left) : fixed.left));
  }

  function tellChart(): void {
    const { report, left } = fixChart([...inputs], chartToFix(target, settings.chart, io), options.scan);
    takeErrors(report);
    outcome.judged += report.results.length;
    outcome.failed ||= left.length > 0;
    outcome.left.push(...left);
  }

  function takeErrors(report: Report): void {
    const framed = errorFrames(report);
    for (const error of report.errors)
      outcome.frames.set(
        error,
        textFrame(framed(error), (_style, text) => text),
      );
    outcome.errors.push(...report.errors);
  }
}

/** Says why a target is not edited, where it is not. */
function isTaken(target: Target, { errors, skipped }: Outcome): boolean {
  const refused = refusal(target);
  if (refused !== null) (target.found ? skipped : errors).push({ ...fault(target.file, refused), reason: refused });
  return refused === null;
}

function refusal({ kind, path, found }: Target): string | null {
  if (kind === 'kustomization') return 'a kustomization is not edited as one; name the files that it is made of';
  const chart = kind === 'file' ? chartAround(path) : null;
  if (chart === null) return null;
  return found ? 'a template of a chart' : 'a template of a chart is not edited; name the chart to see which of its values to set';
}

/** Writes the result where it belongs; false, with an error, where that cannot be done. */
function deliver(target: Target, before: string, fixed: Fixed, { settings, io }: Reading, { errors }: Outcome): boolean {
  if (settings.dryRun) io.stdout(unifiedDiff(target.file, before, fixed.text));
  else if (target.kind === 'stdin') io.stdout(fixed.report.errors.length > 0 ? '' : fixed.text);
  else if (fixed.text !== before) {
    const failure = writeCured(target.path, fixed.text);
    if (failure !== null) errors.push(fault(target.file, failure));
    return failure === null;
  }
  return true;
}

/** Findings at their places in the file as it still is. */
function placedIn(text: string, left: readonly Left[]): Left[] {
  const position = positions(text);
  const locators = readDocuments(text).map((document) => ('error' in document ? null : locator(text, document, position)));
  return left.map((one) => ({ ...one, finding: { ...one.finding, ...locators[one.document]?.(one.path) } }));
}
