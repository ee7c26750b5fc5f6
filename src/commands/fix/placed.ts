import { isObject } from '../../kube/json.ts';
import { listItems } from '../../kube/list.ts';
import type { LocatedFinding, Report, Result } from '../../report/report.ts';
import { readDocuments } from '../../yaml/read.ts';
import { notForKubectl } from '../scan/not-for-kubectl.ts';

/** A finding, and where it lies in its file. */
export interface Placed {
  readonly finding: LocatedFinding;
  readonly result: Result;
  /** Number of the document in the file, from 0. */
  readonly document: number;
  /** Field path from the root of the document. */
  readonly path: string;
}

/** The findings of one file with their places. The report is that of this text alone and holds no error, so each object has its result. */
export function placedFindings({ results }: Report, text: string): Placed[] {
  const objects = readDocuments(text).flatMap((document, index) => ('value' in document ? objectsOf(document.value, index) : []));
  if (objects.length !== results.length) throw new Error(`${results.length} results for ${objects.length} objects`);
  return results.flatMap((result, index) => {
    const { document = 0, at = '' } = objects[index] ?? {};
    return result.findings.map((finding) => ({ finding, result, document, path: [at, finding.path].filter(Boolean).join('.') }));
  });
}

function objectsOf(value: Parameters<typeof listItems>[0], document: number): { document: number; at: string }[] {
  return listItems(value)
    .filter((item) => notForKubectl(item.value) === null)
    .map((item) => {
      const reviewed = isObject(item.value) && item.value['kind'] === 'AdmissionReview';
      return { document, at: [item.path, reviewed ? 'request.object' : ''].filter(Boolean).join('.') };
    });
}
