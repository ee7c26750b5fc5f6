import { fromManifest } from '../../engine/from-manifest.ts';
import type { Subject } from '../../engine/subject.ts';
import type { JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { ListItem } from '../../kube/list.ts';
import { listItems } from '../../kube/list.ts';
import { namedPath } from '../../kube/named-path.ts';
import { staleVersion } from '../../kube/workload.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { judge } from '../../policy/judge.ts';
import type { Report, ReportError, Result } from '../../report/report.ts';
import { locator } from '../../yaml/locate.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { DocumentRead, YamlDocument } from '../../yaml/read.ts';
import type { Input } from './inputs.ts';

export interface ScanOptions {
  readonly set: GuardrailSet;
  /** Namespace of workloads that name none. */
  readonly namespace: string;
}

/** Judges every object of the files. Nothing is left out: an object has a result, anything else an error or a place in `ignored`. */
export function scanFiles(files: readonly Input[], options: ScanOptions): Report {
  const results: Result[] = [];
  const errors: ReportError[] = [];
  const ignored: { file: string; line: number }[] = [];
  const sources = new Map<string, string>();
  for (const input of files) for (const document of readDocuments(input.text)) scanDocument(input, document);
  return { digest: options.set.digest, results, errors, ignored, sources };

  function scanDocument({ file, text }: Input, document: DocumentRead): void {
    if (!('error' in document)) return listItems(document.value).forEach((item) => scanItem({ file, text }, document, item));
    const { line, column, message } = document.error;
    errors.push({ file, line, column, message });
  }

  function scanItem(input: Input, document: YamlDocument, item: ListItem): void {
    const place = { file: input.file, line: document.line };
    if (!isKubernetes(item.value)) return void ignored.push(place);
    const subject = fromManifest(item.value, options.namespace);
    const stale = staleVersion(subject.gvk);
    if (stale) errors.push({ ...place, column: 1, message: stale });
    else results.push(scanSubject(input, document, item, subject));
  }

  function scanSubject(input: Input, document: YamlDocument, item: ListItem, subject: Subject): Result {
    const { verdict, findings } = judge(options.set, subject);
    // Positions are looked up only where there is something to place.
    const locate = findings.length > 0 || item.path !== '' ? locator(input.text, document) : null;
    if (findings.length > 0) sources.set(input.file, input.text);
    const { group, version, kind } = subject.gvk;
    return {
      file: input.file,
      line: item.path === '' ? document.line : (locate?.(item.path).line ?? document.line),
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      namespace: subject.namespace,
      name: subject.name,
      verdict,
      findings: findings.map((finding) => ({
        ...finding,
        namedPath: namedPath(subject.object, finding.path),
        ...(locate?.([item.path, finding.path].filter(Boolean).join('.')) ?? { line: document.line, column: 1 }),
      })),
    };
  }
}

const isKubernetes = (value: unknown): value is JsonObject =>
  isObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string';
