import { createHash } from 'node:crypto';
import type { GuardrailDocument } from '../api/guardrail.ts';
import type { ExceptionDocument } from '../api/guardrail-exception.ts';
import type { Mode } from '../engine/finding.ts';
import { canonical } from '../kube/canonical.ts';
import type { Json } from '../kube/json.ts';
import { DAY_MS, MAX_LIFETIME_DAYS, compileException } from './exception.ts';
import type { Exceptions } from './exceptions.ts';
import { indexExceptions } from './exceptions.ts';
import type { Guardrail } from './guardrail.ts';
import { compileGuardrail } from './guardrail.ts';

/** The guardrails in force, sorted by name. Never changed: a change makes another set. */
export interface GuardrailSet {
  /** `sha256:…` over the canonical JSON of the documents and the ceiling: two servers that say the same digest judge alike. */
  readonly digest: string;
  readonly guardrails: readonly Guardrail[];
  readonly exceptions?: Exceptions;
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

const noExceptions: LoadedExceptions = { documents: [], maxLifetime: MAX_LIFETIME_DAYS * DAY_MS };

export function guardrailSet(
  loaded: readonly LoadedGuardrail[],
  ceiling: Mode,
  { documents, maxLifetime }: LoadedExceptions = noExceptions,
): GuardrailSet {
  const sorted = loaded.toSorted((a, b) => (a.document.metadata.name < b.document.metadata.name ? -1 : 1));
  const guardrails = sorted.map(({ document: { metadata, spec } }) => ({ name: metadata.name, spec }));
  const exceptions = documents
    .map(({ metadata: { namespace, name }, spec }) => ({ namespace, name, spec }))
    .toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
  return {
    digest: digest({ ceiling, guardrails, ...(exceptions.length > 0 && { exceptions, maxLifetime }) } as unknown as Json),
    guardrails: sorted.map(({ document, origin }) => compileGuardrail(document, ceiling, origin)),
    exceptions: indexExceptions(documents.map((document) => compileException(document, maxLifetime))),
  };
}

const digest = (value: Json): string => `sha256:${createHash('sha256').update(canonical(value)).digest('hex')}`;
