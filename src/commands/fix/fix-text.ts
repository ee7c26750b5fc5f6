import type { Cure } from '../../engine/finding.ts';
import { editFile } from '../../fix/edit-file.ts';
import type { Curing } from '../../fix/patch.ts';
import { sameJson } from '../../fix/same-json.ts';
import type { Report } from '../../report/report.ts';
import type { Input } from '../scan/input.ts';
import { scanFiles } from '../scan/scan-files.ts';
import type { ScanOptions } from '../scan/scan-files.ts';
import { placedFindings } from './placed.ts';
import type { Placed } from './placed.ts';

export interface FixOptions {
  readonly scan: ScanOptions;
  /** Also cures that may change what a pod does. */
  readonly review: boolean;
  /** Asked once for each place; those at one place want the same. */
  readonly take: (findings: readonly [Placed, ...Placed[]], text: string) => Promise<boolean>;
}

/** What became of a file. */
export interface Fixed {
  readonly text: string;
  /** Of the text as it is now. */
  readonly report: Report;
  /** Findings that were cured. */
  readonly cured: number;
  readonly left: readonly Left[];
}

/** A finding that is still there, and why. */
export interface Left extends Placed {
  readonly why: string;
  /** Where nothing is edited: what to do in the place of it. */
  readonly toDo?: string;
}

/** A cure can show what stood behind it: a privileged container that may not escalate, then a profile that it needs. */
const MAX_ROUNDS = 8;

/** Cures what may be cured, and judges again until nothing is left to do. A file in which anything cannot be judged is left alone. */
export async function fixText(input: Input, options: FixOptions): Promise<Fixed> {
  const refused = new Map<string, string>();
  let [text, cured] = [input.text, 0];
  let judged = judge(text);
  for (let round = 0; round < MAX_ROUNDS && judged.report.errors.length === 0; round++) {
    const places = groupByPlace(judged.placed.filter(({ finding }) => isCurable(finding, options.review)));
    const chosen = await choose(places, text, refused, options.take);
    if (chosen.length === 0) break;
    const edited = editFile(text, curesByDocument(chosen));
    for (const { document, path, why } of edited.left) refused.set(key({ document, path }), `it could not be edited safely: ${why}`);
    cured += chosen.flat().length - chosen.filter((place) => edited.left.some((left) => key(left) === key(place[0]))).flat().length;
    text = edited.text;
    judged = judge(text);
  }
  const active = judged.placed.filter(({ finding }) => finding.state === 'active' && finding.mode !== 'Off');
  return {
    text,
    report: judged.report,
    cured,
    left: active.map((placed) => ({ ...placed, why: whyLeft(placed, refused, options.review) })),
  };

  function judge(now: string): { report: Report; placed: Placed[] } {
    const report = scanFiles([{ ...input, text: now }], options.scan);
    return { report, placed: report.errors.length === 0 ? placedFindings(report, now) : [] };
  }
}

function isCurable(finding: Placed['finding'], review: boolean): boolean {
  const { cure, state, mode } = finding;
  return cure !== null && state === 'active' && mode !== 'Off' && (cure.class === 'safe' || (review && !waits(finding)));
}

/** Beside `privileged` or CAP_SYS_ADMIN the API server refuses this cure, so it comes when those are cured, and is safe then. */
const waits = ({ check, cure }: Placed['finding']): boolean => check === 'allow-privilege-escalation' && cure?.class === 'review';

type Place = [Placed, ...Placed[]];

const key = ({ document, path }: Pick<Placed, 'document' | 'path'>): string => `${document} ${path}`;

function groupByPlace(findings: readonly Placed[]): Place[] {
  const places = new Map<string, Place>();
  for (const finding of findings) {
    const known = places.get(key(finding));
    if (known) known.push(finding);
    else places.set(key(finding), [finding]);
  }
  return [...places.values()];
}

/** A place is taken once at most, so that two rules cannot undo each other's cures for ever. */
async function choose(places: readonly Place[], text: string, refused: Map<string, string>, take: FixOptions['take']): Promise<Place[]> {
  const chosen: Place[] = [];
  for (const place of places) {
    if (refused.has(key(place[0]))) continue;
    const disagree = place.some(({ finding }) => !sameCure(finding.cure, place[0].finding.cure));
    const taken = !disagree && (await take(place, text));
    refused.set(key(place[0]), disagree ? 'its rules want different values here' : taken ? 'it was cured, and found again' : 'not taken');
    if (taken) chosen.push(place);
  }
  return chosen;
}

const sameCure = (a: Cure | null, b: Cure | null): boolean => sameJson({ ...a, class: '' }, { ...b, class: '' });

function curesByDocument(places: readonly Place[]): Map<number, Curing[]> {
  const cures = new Map<number, Curing[]>();
  for (const [{ document, path, finding }] of places) {
    const known = cures.get(document);
    if (known) known.push({ path, cure: finding.cure });
    else cures.set(document, [{ path, cure: finding.cure }]);
  }
  return cures;
}

function whyLeft({ finding, document, path }: Placed, refused: ReadonlyMap<string, string>, review: boolean): string {
  const { cure } = finding;
  if (cure === null) return 'only a human can choose what to set';
  if (review && waits(finding)) return 'the API server refuses it while the container is privileged or adds CAP_SYS_ADMIN';
  if (cure.class === 'review' && !review) return 'the cure may change what the pod does; --include review takes it';
  return refused.get(key({ document, path })) ?? 'it could not be cured';
}
