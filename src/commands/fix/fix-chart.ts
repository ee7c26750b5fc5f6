import type { Cure } from '../../engine/finding.ts';
import { formatPath, parsePath } from '../../kube/field-path.ts';
import type { Report } from '../../report/report.ts';
import { cureWords } from '../../report/wording.ts';
import { locator } from '../../yaml/locate.ts';
import type { Position } from '../../yaml/position.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { YamlDocument } from '../../yaml/read.ts';
import type { ChartSettings } from '../scan/chart.ts';
import type { Input } from '../scan/input.ts';
import { scanFiles } from '../scan/scan-files.ts';
import type { ScanOptions } from '../scan/scan-files.ts';
import type { Left } from './fix-text.ts';
import { placedFindings } from './placed.ts';
import type { Placed } from './placed.ts';
import { valueChoices } from './value-choices.ts';
import type { ValueChoice } from './value-choices.ts';
import { subchartOf, valuesPlaces } from './values-places.ts';
import { valuesReferences } from './values-references.ts';
import type { ValuesReference } from './values-references.ts';

export interface ChartToFix {
  /** What helm makes of the chart with the values of the flags and these; null where it refuses them. */
  readonly render: (more: Pick<ChartSettings, 'set' | 'json'>) => Input[] | null;
  /** Files of values, the one that wins first. */
  readonly values: readonly { readonly file: string; readonly text: string }[];
  /** As the report names the chart. */
  readonly file: string;
}

/** Renderings that are tried to find the values behind all faults of a chart: a second or two. */
const MAX_TRIES = 24;
const MAX_CHOICES = 4;

/**
 * What is left to do in a chart, of which nothing is edited: for each finding the line of the template, and the value of the chart that
 * cures it where there is one. That it does was seen by rendering the chart with it.
 */
export function fixChart(inputs: readonly Input[], chart: ChartToFix, scan: ScanOptions): { report: Report; left: Left[] } {
  const tried = new Map<string, Rendering | null>();
  let isUntried = false;
  const place = valuesPlaces(chart.values);
  const judged = inputs.map((input) => ({ input, report: scanFiles([input], scan) }));
  const left = judged.flatMap(({ input, report }) => (report.errors.length > 0 ? [] : leftIn(input, report)));
  return { report: joined(judged.map(({ report }) => report)), left };

  function leftIn(input: Input, report: Report): Left[] {
    const references = valuesReferences(input.rendered?.source ?? '');
    const documents = readDocuments(input.text);
    const active = activeIn(report, input.text);
    return active.map((placed) => {
      const document = documents[placed.document];
      const at = document && 'value' in document ? templatePlace(input, document, placed.path) : null;
      const choice = document && 'value' in document ? choiceFor(placed, input, { document, references, at, active }) : null;
      const finding = atPlace(placed.finding, at ?? (choice && { line: choice.line, column: 1 }));
      return {
        ...placed,
        finding,
        why: '',
        toDo: choice === null ? byHand(placed, isUntried) : withValue(placed, input, choice),
      };
    });
  }

  function choiceFor(placed: Placed, input: Input, { document, references, at, active }: Known): ValueChoice | null {
    // Where a human has to choose, what goes away with a value is governed by it.
    const cure = placed.finding.cure ?? REMOVED;
    const gone = active.flatMap(({ document: other, path, finding }) =>
      other === placed.document && finding.cure !== null && 'remove' in finding.cure ? [path] : [],
    );
    isUntried = false;
    const choices = valueChoices({ path: placed.path, cure, object: document.value, gone }, references, at?.line ?? null);
    return choices.slice(0, MAX_CHOICES).find((choice) => cures(placed, input, choice)) ?? null;
  }

  function cures(placed: Placed, input: Input, choice: ValueChoice): boolean {
    const rendering = tryOut(helmKey([...subchartOf(chart.file, input.file, choice.key), ...choice.key]), choice);
    return rendering !== null && rendering.objects.has(objectKey(placed)) && !rendering.findings.has(findingKey(placed));
  }

  function tryOut(key: string, { value }: ValueChoice): Rendering | null {
    const pair = `${key}=${value === undefined ? 'null' : JSON.stringify(value)}`;
    const known = tried.get(pair);
    isUntried ||= known === undefined && tried.size >= MAX_TRIES;
    if (known !== undefined || tried.size >= MAX_TRIES) return known ?? null;
    const made = chart.render(value === undefined ? { set: [pair], json: [] } : { set: [], json: [pair] });
    const rendering = made === null ? null : renderingOf(made, scan);
    tried.set(pair, rendering);
    return rendering;
  }

  function withValue({ finding: { cure } }: Placed, input: Input, { key, value }: ValueChoice): string {
    const whole = formatPath([...subchartOf(chart.file, input.file, key), ...key]);
    if (cure === null) return `choose what to set the value ${whole} to (${place(whole)})`;
    const act = value === undefined ? `remove the value ${whole}` : `set the value ${whole} to ${JSON.stringify(value)}`;
    return `${act} (${place(whole)})${review(cure)}`;
  }
}

function byHand({ finding: { cure }, path }: Placed, isUntried: boolean): string {
  const where = isUntried ? 'in the template, or in a value that it reads' : 'in the template';
  return cure === null ? `${where}, choose what to set ${path} to` : `${where}, ${cureWords({ cure, path })}${review(cure)}`;
}

const review = (cure: Cure): string => (cure.class === 'review' ? '; it may change what the pod does' : '');

const REMOVED: Cure = { remove: true, class: 'review' };

/** In the template, where that is known, and then the line of what was rendered need not be told. */
const atPlace = (finding: Placed['finding'], at: Position | null): Placed['finding'] =>
  at === null ? finding : { ...finding, ...at, message: finding.message.replace(/ \(rendered, line \d+\)$/, '') };

interface Known {
  readonly document: YamlDocument;
  readonly references: readonly ValuesReference[];
  readonly at: Position | null;
  /** All that is wrong in the same template. */
  readonly active: readonly Placed[];
}

/** What is there and what is wrong once a value is set. */
interface Rendering {
  readonly objects: ReadonlySet<string>;
  readonly findings: ReadonlySet<string>;
}

function renderingOf(inputs: readonly Input[], scan: ScanOptions): Rendering | null {
  const reports = inputs.map((input) => ({ input, report: scanFiles([input], scan) }));
  if (reports.some(({ report }) => report.errors.length > 0)) return null;
  const found = reports.flatMap(({ input, report }) => activeIn(report, input.text));
  const results = reports.flatMap(({ report }) => report.results);
  return { objects: new Set(results.map((result) => objectKey({ result }))), findings: new Set(found.map(findingKey)) };
}

const activeIn = (report: Report, text: string): Placed[] =>
  placedFindings(report, text).filter(({ finding }) => finding.state === 'active' && finding.mode !== 'Off');

const objectKey = ({ result: { file, kind, namespace, name } }: Pick<Placed, 'result'>): string =>
  JSON.stringify([file, kind, namespace, name]);

const findingKey = ({ result, finding: { guardrail, rule, namedPath } }: Placed): string =>
  JSON.stringify([objectKey({ result }), guardrail, rule, namedPath]);

/** Of the field or of the nearest one around it that stands in the template. */
function templatePlace({ text, rendered }: Input, document: YamlDocument, path: string): Position | null {
  if (rendered === undefined) return null;
  const locate = locator(text, document);
  const steps = parsePath(path);
  for (let length = steps.length; length > 0; length--) {
    const inside = formatPath(steps.slice(0, length));
    const found = rendered.place(locate(inside), inside);
    if (found !== null) return found;
  }
  return null;
}

/** As `--set` of helm names a value. */
const helmKey = (steps: readonly (string | number)[]): string =>
  steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step.replaceAll(/[\\.,=[\]{}]/g, String.raw`\$&`)}`))
    .join('')
    .replace(/^\./, '');

const joined = (reports: readonly Report[]): Report => ({
  digest: reports[0]?.digest ?? '',
  results: reports.flatMap(({ results }) => results),
  errors: reports.flatMap(({ errors }) => errors),
  ignored: reports.flatMap(({ ignored }) => ignored),
  sources: new Map(),
});
