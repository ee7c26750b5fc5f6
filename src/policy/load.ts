import type { GuardrailDocument } from '../api/guardrail.ts';
import type { Json } from '../kube/json.ts';
import { listItems } from '../kube/list.ts';
import { locator } from '../yaml/locate.ts';
import { readDocuments } from '../yaml/read.ts';
import type { YamlDocument } from '../yaml/read.ts';
import type { LoadedGuardrail } from './guardrail-set.ts';
import { guardrailFaults } from './guardrail.ts';

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
  for (const file of files) {
    for (const document of readDocuments(file.text)) {
      if ('error' in document) errors.push({ file: file.file, ...place(document.error), message: document.error.message });
      else for (const item of listItems(document.value)) load(file, document, item);
    }
  }
  return { loaded, errors };

  function load(file: PolicyFile, document: YamlDocument, item: { value: Json; path: string }): void {
    const faults = guardrailFaults(item.value);
    const guardrail = item.value as unknown as GuardrailDocument;
    const taken = faults.length === 0 ? places.get(guardrail.metadata.name) : undefined;
    if (taken !== undefined)
      faults.push({ path: 'metadata.name', message: `the name "${guardrail.metadata.name}" is taken by the guardrail in ${taken}` });
    const locate = faults.length > 0 ? locator(file.text, document) : null;
    for (const { path, message } of faults) {
      errors.push({
        file: file.file,
        ...place(locate?.(join(item.path, path)) ?? { line: document.line, column: 1 }),
        message: path === '' ? message : `${path}: ${message}`,
      });
    }
    if (faults.length > 0) return;
    places.set(guardrail.metadata.name, file.file);
    loaded.push({ document: guardrail, origin: file.origin });
  }
}

const place = ({ line, column }: { line: number; column: number }): { line: number; column: number } => ({ line, column });
const join = (prefix: string, path: string): string => [prefix, path].filter(Boolean).join('.');
