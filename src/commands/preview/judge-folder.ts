import { listItems } from '../../kube/list.ts';
import type { ListItem } from '../../kube/list.ts';
import type { PolicyFile } from '../../policy/load.ts';
import type { ReportError } from '../../report/report.ts';
import type { Position } from '../../yaml/position.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { YamlDocument } from '../../yaml/read.ts';
import type { Io } from '../io.ts';
import type { Row } from '../live/row.ts';
import { rowOf } from '../live/row.ts';
import type { PolicySet } from '../policy-flags.ts';
import { fault } from '../scan/input.ts';
import type { Input, Leftovers } from '../scan/input.ts';
import { namespaceLabels, scannedNamespaces } from '../scan/namespaces.ts';
import { notForKubectl, unreadableFor } from '../scan/not-for-kubectl.ts';
import { placed } from '../scan/place-rendered.ts';
import { readTargets } from '../scan/read-targets.ts';
import { readSubject } from '../scan/scan-files.ts';
import type { LocatedSubject } from '../scan/scan-files.ts';
import { scannedExceptions } from '../scan/scanned-exceptions.ts';
import { findTargets } from '../scan/targets.ts';
import type { PreviewFinding } from './judge-preview.ts';
import { previewJudge } from './judge-preview.ts';
import type { PreviewSettings } from './settings.ts';

export interface Judged {
  readonly policies: PolicySet;
  readonly rows: readonly Row<PreviewFinding>[];
  readonly errors: readonly ReportError[];
  /** Texts of files with errors, to draw frames; absent where a cluster was judged. */
  readonly sources?: ReadonlyMap<string, string>;
}

/** Judges what files would make: each object is a row, since nobody has made pods of it yet. @throws FlagError */
export async function judgeFolder(
  settings: PreviewSettings,
  policiesWith: (exceptions: readonly PolicyFile[]) => PolicySet,
  io: Io,
): Promise<Judged> {
  const leftovers: Leftovers = { errors: [], skipped: [] };
  const own = policiesWith([]);
  const exceptions = scannedExceptions(own.set);
  const sources = new Map<string, string>();
  const see: See = { object: exceptions.see, broken: ({ file, text, rendered }) => void sources.set(file, rendered?.source ?? text) };
  const read = await readObjects(settings, leftovers, see, io);
  const policies = exceptions.files.length === 0 ? own : policiesWith(exceptions.files);
  const namespaces = scannedNamespaces(
    settings.now,
    namespaceLabels(settings.flags['namespace-labels']),
    policies.set.upstream?.params?.kinds,
  );
  for (const { subject } of read) namespaces.see(subject);
  const judge = previewJudge(policies, settings.since);
  const rows = read.map(({ subject, file }) => {
    const facts = namespaces.atLast((name) => leftovers.errors.push(fault(file, unknownNamespace(name))));
    return rowOf(subject, judge(subject, facts), file);
  });
  if (rows.length === 0 && leftovers.errors.length === 0)
    leftovers.errors.push(fault(settings.paths[0] ?? '', 'nothing to judge was found here: no document with an apiVersion and a kind'));
  return { policies, rows, errors: leftovers.errors, sources };
}

interface See {
  readonly object: (input: Input, document: YamlDocument, item: ListItem) => void;
  readonly broken: (input: Input) => void;
}

type Read = LocatedSubject & { readonly file: string };

async function readObjects(
  { paths, namespace, selection, chart }: PreviewSettings,
  leftovers: Leftovers,
  see: See,
  io: Io,
): Promise<Read[]> {
  const targets = findTargets(paths, selection, leftovers);
  const stdin = targets.some(({ kind }) => kind === 'stdin') ? await io.stdin() : null;
  const inputs = readTargets(targets, { chart, allowRemote: false, stdin }, io, leftovers);
  return [...inputs].flatMap((input) =>
    readDocuments(input.text).flatMap((document): Read[] => {
      if (!('error' in document)) return listItems(document.value).flatMap((item) => readItem(input, document, item));
      if (!input.found || unreadableFor(input.text) === null) refuse(input, document.error, document.error.message);
      return [];
    }),
  );

  function readItem(input: Input, document: YamlDocument, item: ListItem): Read[] {
    if (notForKubectl(item.value) !== null) return [];
    see.object(input, document, item);
    const read = readSubject(item, namespace ?? 'default');
    if (!('problem' in read)) return [{ ...read, file: input.file }];
    refuse(input, { line: document.line, column: 1 }, read.problem);
    return [];
  }

  function refuse(input: Input, { line, column }: Position, message: string): void {
    leftovers.errors.push({ file: input.file, ...placed(input, { line, column }, message) });
    see.broken(input);
  }
}

const unknownNamespace = (name: string): string =>
  `a guardrail asks for the labels of the namespace "${name}", which are not known; give the Namespace too, or --namespace-labels KEY=VALUE,…`;
