import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { GuardrailDocument } from '../api/guardrail.ts';
import type { ExceptionDocument } from '../api/guardrail-exception.ts';
import type { Mode } from '../engine/finding.ts';
import { canonical } from '../kube/canonical.ts';
import type { Json } from '../kube/json.ts';
import type { Exception } from './exception.ts';
import { DAY_MS, MAX_LIFETIME_DAYS, compileException } from './exception.ts';
import type { Exceptions } from './exceptions.ts';
import { indexExceptions } from './exceptions.ts';
import type { Guardrail } from './guardrail.ts';
import { compileGuardrail } from './guardrail.ts';
import type { UpstreamSet } from './upstream/unit.ts';

/** The guardrails in force, sorted by name. Never changed: a change makes another set. */
export interface GuardrailSet {
  /** `sha256:…` over the canonical JSON of the documents and the ceiling: two servers that say the same digest judge alike. */
  readonly digest: string;
  readonly guardrails: readonly Guardrail[];
  readonly exceptions?: Exceptions;
  /** Policies of other projects' kinds; absent: none. */
  readonly upstream?: UpstreamSet;
}

/** A document without faults, and the flag that loads it. */
export interface LoadedGuardrail {
  readonly document: GuardrailDocument;
  readonly origin: string;
}

export interface LoadedExceptions {
  /** Documents without faults. */
  readonly documents: readonly ExceptionDocument[];
  /** Milliseconds that one may hold at most. */
  readonly maxLifetime: number;
}

/** What is made of each document. A maker of many sets remembers it: see `rememberingCompiler`. */
export interface Compiler {
  readonly guardrail: (document: GuardrailDocument, ceiling: Mode, origin: string) => Guardrail;
  readonly exception: (document: ExceptionDocument, maxLifetime: number) => Exception;
  /** The part of the digest's text. */
  readonly text: (document: GuardrailDocument | ExceptionDocument) => string;
  /** All exceptions together. */
  readonly excused: (documents: readonly ExceptionDocument[], make: () => Excused) => Excused;
}

/** Exceptions as a set holds them, and the digest as far as it has read them. */
interface Excused {
  readonly index: Exceptions;
  readonly hash: Hash;
}

const noExceptions: LoadedExceptions = { documents: [], maxLifetime: MAX_LIFETIME_DAYS * DAY_MS };

const compiler: Compiler = { guardrail: compileGuardrail, exception: compileException, text: documentText, excused: (_, make) => make() };

export function guardrailSet(
  loaded: readonly LoadedGuardrail[],
  ceiling: Mode,
  exceptions: LoadedExceptions = noExceptions,
  compile: Compiler = compiler,
): GuardrailSet {
  const { documents, maxLifetime } = exceptions;
  const sorted = loaded.toSorted((a, b) => (a.document.metadata.name < b.document.metadata.name ? -1 : 1));
  const { index, hash } = compile.excused(documents, () => excused(exceptions, ceiling, compile));
  const texts = sorted.map(({ document }) => compile.text(document));
  const rest = `"guardrails":[${texts.join(',')}]${documents.length > 0 ? `,"maxLifetime":${maxLifetime}` : ''}}`;
  return {
    digest: `sha256:${hash.copy().update(rest).digest('hex')}`,
    guardrails: sorted.map(({ document, origin }) => compile.guardrail(document, ceiling, origin)),
    exceptions: index,
  };
}

function excused({ documents, maxLifetime }: LoadedExceptions, ceiling: Mode, compile: Compiler): Excused {
  const sorted = documents
    .map((document) => ({ document, exception: compile.exception(document, maxLifetime) }))
    .toSorted((a, b) => (a.exception.id < b.exception.id ? -1 : 1));
  const texts = sorted.map(({ document }) => compile.text(document));
  const hash = createHash('sha256').update(`{"ceiling":"${ceiling}",${texts.length > 0 ? `"exceptions":[${texts.join(',')}],` : ''}`);
  return { index: indexExceptions(sorted.map(({ exception }) => exception)), hash };
}

/**
 * Makes each document once, however many sets it stands in, and exceptions together as long as none changes: a change of one of a thousand
 * costs as much as one. For one ceiling and lifetime.
 */
export function rememberingCompiler(): Compiler {
  const guardrails = new WeakMap<GuardrailDocument, Guardrail>();
  const exceptions = new WeakMap<ExceptionDocument, Exception>();
  const texts = new WeakMap<object, string>();
  let last: { readonly of: readonly ExceptionDocument[]; readonly excused: Excused } | null = null;
  return {
    guardrail: (document, ...rest) => remembered(guardrails, document, () => compileGuardrail(document, ...rest)),
    exception: (document, maxLifetime) => remembered(exceptions, document, () => compileException(document, maxLifetime)),
    text: (document) => remembered(texts, document, () => documentText(document)),
    excused(documents, make) {
      const same = last?.of.length === documents.length && last.of.every((document, index) => document === documents[index]);
      if (last === null || !same) last = { of: documents, excused: make() };
      return last.excused;
    },
  };
}

function remembered<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

function documentText({ kind, metadata, spec }: GuardrailDocument | ExceptionDocument): string {
  const { name, namespace } = metadata as ExceptionDocument['metadata'];
  return canonical({ ...(kind === 'GuardrailException' && { namespace }), name, spec } as unknown as Json);
}
