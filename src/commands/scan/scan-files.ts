import type { Verdict } from '../../engine/finding.ts';
import { fromManifest } from '../../engine/from-manifest.ts';
import { fromReview } from '../../engine/from-review.ts';
import type { Subject } from '../../engine/subject.ts';
import { readReview } from '../../api/admission-review.ts';
import type { ListItem } from '../../kube/list.ts';
import { listItems } from '../../kube/list.ts';
import { namedPath } from '../../kube/named-path.ts';
import { staleVersion } from '../../kube/workload.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { judge, verdictOf } from '../../policy/judge.ts';
import type { Report, ReportError, Result } from '../../report/report.ts';
import { locator } from '../../yaml/locate.ts';
import { positions } from '../../yaml/position.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { DocumentRead, UnreadDocument, YamlDocument } from '../../yaml/read.ts';
import type { Input, Skipped } from './input.ts';
import type { ScannedNamespaces } from './namespaces.ts';
import { scannedNamespaces } from './namespaces.ts';
import type { ScannedExceptions } from './scanned-exceptions.ts';
import { ownText } from './own-text.ts';
import { lineOfComment, placed } from './place-rendered.ts';
import type { Suppress } from './suppress.ts';
import type { Strict } from './strict.ts';
import { notForKubectl, unreadableFor } from './not-for-kubectl.ts';
import { writtenReview } from './written-review.ts';

export interface ScanOptions {
  readonly set: GuardrailSet;
  /** Namespace of workloads that name none. */
  readonly namespace: string;
  /** What a verdict becomes: a part of it is chosen, or something is told beside it. */
  readonly choose?: (verdict: Verdict, subject: Subject) => Verdict;
  /** Absent: no namespace is known, and no scheduled time has come. */
  readonly namespaces?: ScannedNamespaces;
  /** Takes note of exceptions among the objects. */
  readonly exceptions?: ScannedExceptions;
  /** Names what the API server would not keep as it is written, where that is asked for. */
  readonly strict?: Strict | null;
  /** Says which findings are only listed. */
  readonly suppress?: Suppress;
}

/** Texts beyond this are not kept for frames: their findings are reported without. */
const MAX_SOURCES = 64 * 1024 * 1024;

/** Judges every object of the files. Nothing is left out: an object has a result, anything else an error or a place in `ignored`. */
export function scanFiles(files: Iterable<Input>, options: ScanOptions): Report {
  const results: Result[] = [];
  const errors: ReportError[] = [];
  const ignored: Skipped[] = [];
  const sources = new Map<string, string>();
  let kept = 0;
  let located: Located | null = null;
  const { see, soFar, atLast } = options.namespaces ?? scannedNamespaces(0, null);
  /** Verdicts that hang on namespaces or params which may yet be read. */
  const later: (() => void)[] = [];
  for (const input of files) for (const document of readDocuments(input.text)) scanDocument(input, document);
  for (const judgeAgain of later) judgeAgain();
  return { digest: options.set.digest, results, errors, ignored, sources };

  function scanDocument(input: Input, document: DocumentRead): void {
    if ('error' in document) return refuse(input, document);
    for (const item of listItems(document.value)) scanItem(input, document, item);
    for (const { path, message, ...place } of options.strict?.(input.text, document) ?? []) {
      errors.push({ file: input.file, ...placed(input, place, message, path) });
      keepSource(input);
    }
  }

  function refuse(input: Input, { error: { line, column, message } }: UnreadDocument): void {
    const reason = input.found ? unreadableFor(input.text) : null;
    if (reason !== null) return void ignored.push({ file: input.file, line, reason });
    errors.push({ file: input.file, ...placed(input, { line, column }, message) });
    keepSource(input);
  }

  function scanItem(input: Input, document: YamlDocument, item: ListItem): void {
    const reason = notForKubectl(item.value);
    const place = { line: document.line, column: 1 };
    if (reason !== null) return void ignored.push({ file: input.file, line: placed(input, place, '').line, reason });
    options.exceptions?.see(input, document, item);
    const read = readSubject(item, options.namespace);
    if ('problem' in read) errors.push({ file: input.file, ...placed(input, place, read.problem) });
    // A policy of another project may look for just the version that nobody serves any more.
    if ('subject' in read && (!('problem' in read) || options.set.upstream?.policies.length)) scanSubject(input, document, read);
  }

  function scanSubject(input: Input, document: YamlDocument, read: LocatedSubject): void {
    see(read.subject);
    const judged = judge(options.set, read.subject, soFar);
    const isLast = !judged.wants.some(({ kind }) => kind === 'namespace' || kind === 'params');
    const at = results.push(resultOf(input, document, read, judged, isLast ? options.suppress : undefined)) - 1;
    if (isLast) return;
    later.push(() => {
      const place = { line: document.line, column: 1 };
      const facts = atLast((name) => errors.push({ file: input.file, ...placed(input, place, unknownNamespace(name)) }));
      results[at] = resultOf(input, document, read, judge(options.set, read.subject, facts), options.suppress);
    });
  }

  function resultOf(input: Input, document: YamlDocument, { subject, path }: LocatedSubject, judged: Verdict, suppress?: Suppress): Result {
    const { verdict, findings, notes } = options.choose?.(judged, subject) ?? judged;
    // Positions are looked up only where there is something to place.
    const locate = findings.length > 0 || path !== '' ? locatorOf(input, document) : null;
    if (findings.length > 0) keepSource(input);
    const { group, version, kind } = subject.gvk;
    const start = { line: path === '' ? document.line : (locate?.(path).line ?? document.line), column: 1 };
    const object = {
      file: input.file,
      line: placed(input, start, '').line,
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      namespace: ownText(subject.namespace),
      name: ownText(subject.name),
    };
    const quiet = suppress?.(input, object);
    const placedFindings = findings.map((finding) => {
      const at = locate?.([path, finding.path].filter(Boolean).join('.')) ?? start;
      const named = { ...finding, namedPath: namedPath(subject.object, finding.path) };
      return { ...named, ...placed(input, at, finding.message, finding.path), ...quiet?.(named, lineOfComment(input, at, finding.path)) };
    });
    const quieted = placedFindings.some(({ suppressedBy }) => suppressedBy !== undefined);
    const told = notes !== undefined && notes.length > 0 && { notes };
    return { ...object, verdict: quieted ? verdictOf(placedFindings, notes) : verdict, findings: placedFindings, ...told };
  }

  function locatorOf({ text }: Input, document: YamlDocument): ReturnType<typeof locator> {
    if (located?.document === document) return located.locate;
    const position = located?.text === text ? located.position : positions(text);
    located = { document, text, position, locate: locator(text, document, position) };
    return located.locate;
  }

  function keepSource({ file, text, rendered }: Input): void {
    const source = rendered?.source ?? text;
    if (sources.has(file) || kept + source.length > MAX_SOURCES) return;
    kept += source.length;
    sources.set(file, source);
  }
}

/** What was found last, for a list that holds many objects, and for a file that holds many documents. */
interface Located {
  readonly document: YamlDocument;
  readonly text: string;
  readonly position: ReturnType<typeof positions>;
  readonly locate: ReturnType<typeof locator>;
}

const unknownNamespace = (name: string): string =>
  `a guardrail asks for the labels of the namespace "${name}", which are not known; scan the Namespace too, or give --namespace-labels KEY=VALUE,…`;

export interface LocatedSubject {
  readonly subject: Subject;
  /** Of the object inside its document. */
  readonly path: string;
}

interface StaleSubject extends LocatedSubject {
  readonly problem: string;
}

/** @returns `problem`: why nothing can be said; beside a subject, why no API server would take it. */
export function readSubject({ value, path }: ListItem, namespace: string): LocatedSubject | { problem: string } | StaleSubject {
  const object = value as Parameters<typeof fromManifest>[0];
  if (object['kind'] === 'AdmissionReview') return readRequest(value, path, namespace);
  const subject = fromManifest(object, namespace);
  const stale = staleVersion(subject.gvk);
  return stale === null ? { subject, path } : { subject, path, problem: stale };
}

/** A review as the API server sends it, judged as the server would. */
function readRequest(value: ListItem['value'], path: string, namespace: string): LocatedSubject | { problem: string } {
  const review = readReview(value);
  const at = [path, 'request.object'].filter(Boolean).join('.');
  if (review.ok) return { subject: fromReview(review.request), path: at };
  const subject = writtenReview(value, namespace);
  if (subject !== null) return { subject, path: at };
  return { problem: `this AdmissionReview cannot be judged: ${review.field} is not as the API server sends it (${review.code})` };
}
