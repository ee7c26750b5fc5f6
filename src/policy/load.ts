import type { GuardrailDocument } from '../api/guardrail.ts';
import type { ListItem } from '../kube/list.ts';
import { listItems } from '../kube/list.ts';
import { locator } from '../yaml/locate.ts';
import { readDocuments } from '../yaml/read.ts';
import type { DocumentRead, YamlDocument } from '../yaml/read.ts';
import type { LoadedGuardrail } from './guardrail-set.ts';
import { guardrailFaults } from './guardrail-faults.ts';
import type { Fault } from './schema-faults.ts';

/** A file of guardrails, read. */
export interface PolicyFile {
  readonly file: string;
  readonly text: string;
  /** The flag that loads it: `--policies restricted`. */
  readonly origin: string;
}

/** What is wrong with a file, and where; 1-based. */
export interface FileError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Reads guardrails. Every fault of every file is named; a document with a fault is not loaded. */
export function loadGuardrails(files: readonly PolicyFile[]): { loaded: LoadedGuardrail[]; errors: FileError[] } {
  const loaded: LoadedGuardrail[] = [];
  const errors: FileError[] = [];
  const places = new Map<string, string>();
  for (const file of files) for (const document of readDocuments(file.text)) loadDocument(file, document);
  return { loaded, errors };

  function loadDocument(file: PolicyFile, document: DocumentRead): void {
    if ('error' in document) refuse(file, document.error, document.error.message);
    else for (const item of listItems(document.value)) load(file, document, item);
  }

  function load(file: PolicyFile, document: YamlDocument, item: ListItem): void {
    const faults = guardrailFaults(item.value);
    const guardrail = item.value as unknown as GuardrailDocument;
    if (faults.length === 0) faults.push(...nameTaken(guardrail, places));
    const locate = faults.length > 0 ? locator(file.text, document) : null;
    for (const { path, message } of faults) {
      const at = locate?.([item.path, path].filter(Boolean).join('.')) ?? { line: document.line, column: 1 };
      refuse(file, at, path === '' ? message : `${path}: ${message}`);
    }
    if (faults.length > 0) return;
    places.set(guardrail.metadata.name, file.file);
    loaded.push({ document: guardrail, origin: file.origin });
  }

  function refuse({ file }: PolicyFile, { line, column }: { line: number; column: number }, message: string): void {
    errors.push({ file, line, column, message });
  }
}

function nameTaken({ metadata: { name } }: GuardrailDocument, places: ReadonlyMap<string, string>): Fault[] {
  const taken = places.get(name);
  return taken === undefined ? [] : [{ path: 'metadata.name', message: `the name "${name}" is taken by the guardrail in ${taken}` }];
}
