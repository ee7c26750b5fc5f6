import { accessSync, constants, statSync } from 'node:fs';
import { unifiedDiff } from '../fix/unified-diff.ts';
import type { ReportError } from '../report/report.ts';
import { locator } from '../yaml/locate.ts';
import { readDocuments } from '../yaml/read.ts';
import { asking } from './fix/ask.ts';
import { chartAround } from './fix/chart-around.ts';
import { fixText } from './fix/fix-text.ts';
import type { Fixed, FixOptions, Left } from './fix/fix-text.ts';
import { readFixSettings } from './fix/settings.ts';
import type { FixSettings } from './fix/settings.ts';
import { errorLine, leftLines, totalLine } from './fix/words.ts';
import type { ConfiguredFlags } from './config/configured.ts';
import { FlagError } from './flags.ts';
import type { Io } from './io.ts';
import { policySet } from './policy-flags.ts';
import { noBaseline } from './scan/baseline.ts';
import { choosing } from './scan/choose.ts';
import { inlineExceptions } from './scan/inline.ts';
import { codeOf, fault } from './scan/input.ts';
import type { Leftovers } from './scan/input.ts';
import { namespaceLabels, scannedNamespaces } from './scan/namespaces.ts';
import { readTargets } from './scan/read-targets.ts';
import { suppressing } from './scan/suppress.ts';
import { findTargets } from './scan/targets.ts';
import type { Target } from './scan/targets.ts';
import { writeWhole } from './scan/write-whole.ts';

/** `sallyport fix`: 0 nothing is left that is denied, 1 something is, 2 could not; 2 wins over 1. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    return await fix(readFixSettings(argv, io), io);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport fix: ${error.message}\n`);
    return 2;
  }
}

/** What all files came to. */
interface Outcome extends Leftovers {
  files: number;
  cured: number;
  judged: number;
  denied: boolean;
  readonly left: Left[];
}

async function fix(settings: FixSettings, io: Io): Promise<number> {
  const outcome: Outcome = { errors: [...settings.config.errors], skipped: [], files: 0, cured: 0, judged: 0, denied: false, left: [] };
  // Policies that cannot be read in full would leave out what they meant to cure.
  if (outcome.errors.length === 0) await fixAll(settings, outcome, io);
  if (outcome.judged === 0 && outcome.errors.length === 0) outcome.errors.push(nothingToFix(settings.paths));
  // The diff, or the text from standard input, is alone on standard output.
  const say = settings.dryRun || settings.paths.includes('-') ? io.stderr : io.stdout;
  const lines = [...outcome.left.flatMap(leftLines), ...outcome.errors.map(errorLine)];
  const total = totalLine({ ...outcome, errors: outcome.errors.length, dryRun: settings.dryRun });
  say([...lines, total, ''].join('\n'));
  if (outcome.errors.length > 0) return 2;
  return outcome.denied ? 1 : 0;
}

async function fixAll(settings: FixSettings, outcome: Outcome, io: Io): Promise<void> {
  const { flags, namespace, ask, review } = settings;
  const { set, files, errors } = policySet(flags, io);
  if (errors.length > 0) return void outcome.errors.push(...errors);
  // No flag of fix, but a field of the configuration.
  const { 'namespace-labels': labels }: ConfiguredFlags = flags;
  const namespaces = scannedNamespaces(io.now().getTime(), namespaceLabels(labels));
  const guardrails = files.guardrails.map(({ document }) => document);
  const inline = inlineExceptions({ guardrails, now: io.now().getTime(), complete: false });
  const scan = { set, namespace, choose: choosing(flags, set), namespaces, suppress: suppressing(inline, noBaseline) };
  const options: FixOptions = { scan, review, take: ask ? asking(ask) : async () => true };
  for (const target of findTargets(settings.paths, settings.selection, outcome)) await fixTarget(target, settings, options, outcome, io);
}

async function fixTarget(target: Target, settings: FixSettings, options: FixOptions, outcome: Outcome, io: Io): Promise<void> {
  const refused = refusal(target);
  if (refused !== null)
    return void (target.found ? outcome.skipped : outcome.errors).push({ ...fault(target.file, refused), reason: refused });
  const stdin = target.kind === 'stdin' ? await io.stdin() : null;
  const chart = { helm: 'helm', values: [], set: [], namespace: settings.namespace };
  for (const input of readTargets([target], { chart, allowRemote: false, stdin }, io, outcome)) {
    const fixed = await fixText(input, options);
    if (!deliver(target, input.text, fixed, settings, outcome, io)) continue;
    outcome.errors.push(...fixed.report.errors);
    outcome.judged += fixed.report.results.length;
    outcome.files += Number(fixed.text !== input.text);
    outcome.cured += fixed.cured;
    outcome.denied ||= fixed.report.results.some(({ verdict }) => verdict === 'deny');
    outcome.left.push(...(settings.dryRun ? placedIn(input.text, fixed.left) : fixed.left));
  }
}

/** Why a target is not edited, or null. */
function refusal({ kind, path, found }: Target): string | null {
  const cure = 'the cure belongs in the template, or in the value that it reads: scan the chart to see the line of the template';
  if (kind === 'chart') return `charts are not edited; ${cure}`;
  if (kind === 'kustomization') return 'a kustomization is not edited as one; name the files that it is made of';
  const chart = kind === 'file' ? chartAround(path) : null;
  return chart === null || found ? chart && 'a template of a chart' : `a template of a chart is not edited; ${cure}`;
}

/** Writes the result where it belongs; false, with an error, where that cannot be done. */
function deliver(target: Target, before: string, fixed: Fixed, { dryRun }: FixSettings, { errors }: Outcome, io: Io): boolean {
  if (dryRun) io.stdout(unifiedDiff(target.file, before, fixed.text));
  else if (target.kind === 'stdin') io.stdout(fixed.report.errors.length > 0 ? '' : fixed.text);
  else if (fixed.text !== before) {
    const failure = write(target.path, fixed.text);
    if (failure !== null) errors.push(fault(target.file, failure));
    return failure === null;
  }
  return true;
}

/** Whole or not at all, through a link into the file that it leads to. */
function write(path: string, text: string): string | null {
  try {
    accessSync(path, constants.W_OK);
    // The mode speaks for the owner's wish where the system lets root write anyway.
    if ((statSync(path).mode & 0o222) === 0) return 'the file is read-only and stays as it was';
    writeWhole(path, text);
    return null;
  } catch (error) {
    return `the file cannot be written and stays as it was (${codeOf(error)})`;
  }
}

/** Findings at their places in the file as it still is. */
function placedIn(text: string, left: readonly Left[]): Left[] {
  const locators = readDocuments(text).map((document) => ('error' in document ? null : locator(text, document)));
  return left.map((one) => ({ ...one, finding: { ...one.finding, ...locators[one.document]?.(one.path) } }));
}

const nothingToFix = ([file = '']: readonly string[]): ReportError =>
  fault(file, 'nothing to fix was found here: no document with an apiVersion and a kind');
