import { createHash } from 'node:crypto';
import type { GuardrailDocument } from '../api/guardrail.ts';
import type { Mode } from '../engine/finding.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Guardrail } from './guardrail.ts';
import { compileGuardrail } from './guardrail.ts';

/** The guardrails in force, sorted by name. Never changed: a change makes another set. */
export interface GuardrailSet {
  /** `sha256:…` over the canonical JSON of the documents and the ceiling: two servers that say the same digest judge alike. */
  readonly digest: string;
  readonly guardrails: readonly Guardrail[];
}

/** A document without faults, and the flag that loads it. */
export interface LoadedGuardrail {
  readonly document: GuardrailDocument;
  readonly origin: string;
}

export function guardrailSet(loaded: readonly LoadedGuardrail[], ceiling: Mode): GuardrailSet {
  const sorted = loaded.toSorted((a, b) => (a.document.metadata.name < b.document.metadata.name ? -1 : 1));
  return {
    digest: digest({
      ceiling,
      guardrails: sorted.map(({ document: { metadata, spec } }) => ({ name: metadata.name, spec })),
    } as unknown as Json),
    guardrails: sorted.map(({ document, origin }) => compileGuardrail(document, ceiling, origin)),
  };
}

const digest = (value: Json): string => `sha256:${createHash('sha256').update(canonical(value)).digest('hex')}`;

/** JSON with the keys of every object sorted. */
function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${keys.toSorted().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`; // prettier-ignore
}
