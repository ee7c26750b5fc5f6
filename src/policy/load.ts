import type { ExceptionDocument } from '../api/guardrail-exception.ts';
import type { GuardrailDocument } from '../api/guardrail.ts';
import type { ParamKind } from '../api/upstream/expressions.ts';
import { parsePath } from '../kube/field-path.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { ListItem } from '../kube/list.ts';
import { listItems } from '../kube/list.ts';
import type { Mode } from '../engine/finding.ts';
import { locator, textLocator } from '../yaml/locate.ts';
import { positions } from '../yaml/position.ts';
import { readDocuments } from '../yaml/read.ts';
import type { DocumentRead, YamlDocument } from '../yaml/read.ts';
import { exceptionFaults, exceptionWarnings } from './exception-faults.ts';
import { guardrailFaults } from './guardrail-faults.ts';
import type { LoadedGuardrail } from './guardrail-set.ts';
import { guardrailWarnings } from './guardrail-warnings.ts';
import { loadUpstream } from './upstream/load-upstream.ts';
import type { Candidate } from './upstream/documents.ts';
import type { UpstreamSet } from './upstream/unit.ts';
import type { ExpressionFault } from './upstream/program.ts';

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

export interface LoadContext {
  /** Guardrails that are in force beside those of the files. */
  readonly guardrails?: readonly GuardrailDocument[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds that an exception may hold at most. */
  readonly maxLifetime: number;
  /** Of every mode; absent: Enforce. */
  readonly ceiling?: Mode;
}

export interface LoadedPolicies {
  readonly loaded: LoadedGuardrail[];
  readonly exceptions: ExceptionDocument[];
  /** Policies of other projects' kinds. */
  readonly upstream: UpstreamSet;
  readonly errors: FileError[];
  /** What is loaded and weaker than it looks. */
  readonly warnings: FileError[];
}

/** Reads guardrails, exceptions and policies of other projects. Every fault of every file is named; a document with a fault is not loaded. */
export function loadGuardrails(
  files: readonly PolicyFile[],
  { guardrails = [], now, maxLifetime, ceiling = 'Enforce' }: LoadContext,
): LoadedPolicies {
  const loaded: LoadedGuardrail[] = [];
  const exceptions: ExceptionDocument[] = [];
  const errors: FileError[] = [];
  const warnings: FileError[] = [];
  const places = new Map<string, string>();
  // An exception may stand before its guardrail.
  const later: (() => void)[] = [];
  const foreign: Candidate<Source>[] = [];
  const wanted: ParamKind[] = [];
  for (const file of files) {
    const position = positions(file.text);
    for (const document of readDocuments(file.text)) loadDocument(file, document, position);
  }
  const upstream = loadForeign();
  for (const load of later) load();
  return { loaded, exceptions, upstream, errors, warnings };

  function loadDocument(file: PolicyFile, document: DocumentRead, position: Source['position']): void {
    if ('error' in document) errors.push({ file: file.file, ...positionOf(document.error), message: document.error.message });
    else for (const item of listItems(document.value)) loadItem({ file, position, document, item });
  }

  function loadItem(source: Source): void {
    const { value } = source.item;
    if (isObject(value) && value['kind'] === 'GuardrailException') later.push(() => loadException(source));
    else if (isObject(value) && value['kind'] === 'Guardrail') loadGuardrail(source);
    else foreign.push({ value, source, origin: source.file.origin });
  }

  /** What is no policy of anybody is told as what is no guardrail. */
  function loadForeign(): UpstreamSet {
    const { policies, texts, params, refused, warned, others } = loadUpstream(foreign, ceiling, wanted);
    for (const { source, faults } of refused) errors.push(...placed(faults, source));
    for (const { source, faults } of warned) warnings.push(...placed(faults, source));
    for (const { source } of others) loadGuardrail(source);
    return { policies, texts, ceiling, params };
  }

  function loadGuardrail(source: Source): void {
    wanted.push(...paramKinds(source.item.value));
    const faults = guardrailFaults(source.item.value);
    const guardrail = source.item.value as unknown as GuardrailDocument;
    if (faults.length === 0) faults.push(...taken('guardrail', guardrail.metadata.name, places));
    errors.push(...placed(faults, source));
    if (faults.length > 0) return;
    warnings.push(...placed(guardrailWarnings(guardrail), source));
    places.set(guardrail.metadata.name, source.file.file);
    loaded.push({ document: guardrail, origin: source.file.origin });
  }

  function loadException(source: Source): void {
    const context = { guardrails: [...guardrails, ...loaded.map(({ document }) => document)], now, maxLifetime };
    const faults = exceptionFaults(source.item.value, context);
    const exception = source.item.value as unknown as ExceptionDocument;
    const id = `${exception.metadata?.namespace}/${exception.metadata?.name}`;
    if (faults.length === 0) faults.push(...taken('exception', id, places));
    errors.push(...placed(faults, source));
    if (faults.length > 0) return;
    warnings.push(...placed(exceptionWarnings(exception, context), source));
    places.set(id, source.file.file);
    exceptions.push(exception);
  }
}

/** What the rules in CEL of a guardrail take as params. One with faults takes none, but what stands there for it is not another fault. */
function paramKinds(value: Json): ParamKind[] {
  const spec = isObject(value) ? value['spec'] : null;
  const rules = isObject(spec) && Array.isArray(spec['rules']) ? spec['rules'] : [];
  return rules.flatMap((rule) => {
    const cel = isObject(rule) ? rule['cel'] : null;
    const { apiVersion, kind } = isObject(cel) && isObject(cel['params']) ? cel['params'] : {};
    return typeof apiVersion === 'string' && typeof kind === 'string' ? [{ apiVersion, kind }] : [];
  });
}

interface Source {
  readonly file: PolicyFile;
  /** Shared by the documents of the file, of which there may be thousands. */
  readonly position: ReturnType<typeof positions>;
  readonly document: YamlDocument;
  readonly item: ListItem;
}

function placed(faults: readonly ExpressionFault[], { file, position, document, item }: Source): FileError[] {
  if (faults.length === 0) return [];
  const locate = locator(file.text, document, position);
  const locateText = textLocator(file.text, document, position);
  return faults.map(({ path, message, offset }) => {
    const whole = [item.path, path].filter(Boolean).join('.');
    const text = offset === undefined ? undefined : valueAt(item.value, path);
    const at = typeof text === 'string' ? locateText(whole, text, offset ?? 0) : locate(whole);
    return { file: file.file, ...positionOf(at), message: path === '' ? message : `${path}: ${message}` };
  });
}

function valueAt(value: Json, path: string): Json | undefined {
  let current: Json | undefined = value;
  for (const step of parsePath(path))
    current = Array.isArray(current) ? current[Number(step)] : isObject(current) ? current[String(step)] : undefined;
  return current;
}

const positionOf = ({ line, column }: { line: number; column: number }): { line: number; column: number } => ({ line, column });

function taken(what: string, name: string, places: ReadonlyMap<string, string>): ExpressionFault[] {
  const place = places.get(name);
  return place === undefined ? [] : [{ path: 'metadata.name', message: `the name "${name}" is taken by the ${what} in ${place}` }];
}
