import { styleText } from 'node:util';
import type { Mode } from '../engine/finding.ts';
import type { FrameLine, Spot } from './frame.ts';
import { errorFrames, spotter } from './frame.ts';
import type { Context, LocatedFinding, Report, Result } from './report.ts';
import { summary } from './report.ts';
import { terminal } from './terminal.ts';
import type { Paint } from './text-frame.ts';
import { textFrame } from './text-frame.ts';
import { REVIEW, count, cureWords, denies, objectName, placeWords, remarks, ruleName, verdictWords, weight } from './wording.ts';

/** For a terminal: a block an object that has findings, errors, one line of summary. Text of objects cannot forge a line or a colour. */
export function text(report: Report, context: Context): string {
  const paint: Paint = context.colour ? (style, part) => styleText(style, part, { validateStream: false }) : (_, part) => part;
  if (context.quiet)
    return [...report.results.flatMap(quietLines), ...report.errors.map((error) => errorLine(error, paint))]
      .map((line) => `${line}\n`)
      .join('');
  const framed = errorFrames(report);
  const errors = report.errors.map((error) => [errorLine(error, paint), ...textFrame(framed(error), paint)].join('\n'));
  const spots = spotter(report);
  const shown = report.results.filter(({ findings, notes }) => context.verbose || findings.length > 0 || notes);
  const blocks = shown.map((result) => block(result, spots(result), context, paint));
  const ignored = context.verbose
    ? report.ignored.map(({ file, line, reason }) => terminal(`${file}:${line}  ignored: ${reason ?? 'no Kubernetes object'}`))
    : [];
  return [...blocks, ...ignored, ...errors, summaryLine(report, paint) + suppressedLine(report, paint) + cureHint(report)].join('\n');
}

function suppressedLine({ results }: Report, paint: Paint): string {
  const quiet = results.flatMap(({ findings }) => findings.filter(({ state }) => state === 'suppressed'));
  if (quiet.length === 0) return '';
  const refused = quiet.filter(({ mode }) => mode === 'Enforce').length;
  const still = refused === 0 ? '' : `, of which the cluster will still refuse ${refused}`;
  return `${paint('yellow', `${count(quiet.length, 'finding')} suppressed in this scan only${still}`)}\n`;
}

function cureHint({ results }: Report): string {
  const findings = results.flatMap((result) => result.findings).filter(({ state }) => state === 'active');
  const safe = findings.filter(({ cure }) => cure?.class === 'safe').length;
  if (safe === 0) return '';
  return `${safe} of ${count(findings.length, 'finding')} ${safe === 1 ? 'has' : 'have'} a safe cure, which sallyport fix applies\n`;
}

const quietLines = ({ file, findings }: Result): string[] =>
  findings
    .filter(denies)
    .map((finding) => terminal(`${file}:${finding.line}:${finding.column}: ${finding.message} (${ruleName(finding)})`));

function block(result: Result, spots: readonly Spot[], context: Context, paint: Paint): string {
  const { file, line, verdict, findings, notes = [] } = result;
  const found = findings.length === 0 ? '' : `, ${count(findings.length, 'finding')}`;
  const title = [
    paint('bold', terminal(`${file}:${line}  ${objectName(result)}`)),
    paint(verdictStyles[verdict], `${verdictWords[verdict]}${found}`),
  ].join(': ');
  const told = notes.flatMap((note) => ['', `  ${paint('yellow', `note  ${terminal(note)}`)}`]);
  if (findings.length === 0) return notes.length === 0 ? title : `${[title, ...told].join('\n')}\n`;
  const groups = context.verbose ? spots.map((spot) => [spot] as const) : folded(spots);
  return `${[title, ...groups.flatMap((group) => ['', ...spotLines(result, group, context, paint)]), ...told].join('\n')}\n`;
}

const verdictStyles = { deny: 'red', warn: 'yellow', allow: 'green', skip: 'dim' } as const;

type Folded = readonly [Spot, ...Spot[]];

/** Spots that say the same of several containers, with the same cure: the first is shown, the others are named. */
function folded(spots: readonly Spot[]): readonly Folded[] {
  const groups = Map.groupBy(spots, (spot) => JSON.stringify([spot.findings.map(saying), spot.frame.flatMap(addition)]));
  return [...groups.values()] as unknown as Folded[];
}

const holder = /^[a-z -]+"[^"]*"/;
const saying = (finding: LocatedFinding): unknown[] => [
  weight(finding),
  ruleName(finding),
  finding.message.replace(holder, ''),
  finding.cure,
];
const addition = ({ kind, text: added }: FrameLine): string[] => (kind === 'added' ? [added.trim()] : []);

function spotLines(result: Result, [spot, ...others]: Folded, context: Context, paint: Paint): string[] {
  const { findings, frame, cured } = spot;
  return [
    ...findings.flatMap((finding) =>
      findingLines(result, finding, { paint, context, shown: cured.has(finding), framed: frame.length > 0 }),
    ),
    ...textFrame(frame, paint),
    ...others.map((other) => sameLine(result, other, paint)),
  ];
}

interface Shown {
  readonly paint: Paint;
  readonly context: Context;
  /** Whether the frame shows the cure. */
  readonly shown: boolean;
  readonly framed: boolean;
}

function findingLines({ file }: Result, finding: LocatedFinding, { paint, context, shown, framed }: Shown): string[] {
  const { message, severity, mode, line, column, path, cure } = finding;
  const place = paint('dim', terminal(`${file}:${line}:${column}`));
  const review = cure?.class === 'review' ? `, ${REVIEW}` : '';
  const tags = terminal(`${severity}, ${ruleName(finding)}${review}`);
  return [
    `  ${paint(modeStyles[mode], weight(finding).padEnd(5))} ${place}  ${paint('dim', tags)}`,
    `${indent}${terminal(message)}`,
    ...(framed ? [] : [`${indent}${paint('dim', `at ${terminal(placeWords(finding))}`)}`]),
    ...(cure === null || shown ? [] : [`${indent}${paint('green', `cure: ${terminal(cureWords({ cure, path }))}`)}`]),
    ...remarks(finding).map((remark) => `${indent}${paint('yellow', terminal(remark))}`),
    ...(context.verbose ? background(finding, context) : []).map((line) => `${indent}${paint('dim', terminal(line))}`),
  ];
}

/** What only those read who ask for all: why the rule is there, and what set its mode. */
function background({ check, because }: LocatedFinding, { checks }: Context): string[] {
  const why = checks.get(check)?.why;
  return [...(why === undefined ? [] : [why]), ...(because === undefined ? [] : [`mode by ${because}`])];
}

const indent = ' '.repeat(8);
const modeStyles: Readonly<Record<Mode, 'red' | 'yellow' | 'cyan' | 'dim'>> = { Enforce: 'red', Warn: 'yellow', Audit: 'cyan', Off: 'dim' };

function sameLine({ file }: Result, { line, findings }: Spot, paint: Paint): string {
  const [first] = findings;
  const who = holder.exec(first?.message ?? '')?.[0] ?? first?.path ?? '';
  return `  ${paint('dim', 'same ')} ${paint('dim', terminal(`${file}:${line}:${first?.column ?? 1}`))}  ${terminal(who)}`;
}

const errorLine = ({ file, line, column, message }: Report['errors'][number], paint: Paint): string =>
  `${paint('red', 'error:')} ${terminal(`${file}:${line}:${column}: ${message}`)}`;

function summaryLine(report: Report, paint: Paint): string {
  const { objects, denied, warned, allowed, skipped } = summary(report);
  const ignored = report.ignored.length === 0 ? '' : `; ${report.ignored.length} ignored, -v says why`;
  const failed = report.errors.length === 0 ? '' : `; ${paint('red', count(report.errors.length, 'error'))}`;
  const verdicts = `${paint(denied > 0 ? 'red' : 'dim', `${denied} denied`)}, ${warned} warned, ${allowed} allowed, ${skipped} not judged`;
  return `${paint('bold', count(objects, 'object'))}: ${verdicts}${ignored}${failed}\n`;
}
