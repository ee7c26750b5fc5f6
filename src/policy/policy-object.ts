import type { ExceptionDocument } from '../api/guardrail-exception.ts';
import type { GuardrailDocument } from '../api/guardrail.ts';
import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';
import type { ExceptionContext } from './exception-faults.ts';
import { exceptionFaults, exceptionWarnings } from './exception-faults.ts';
import { guardrailFaults } from './guardrail-faults.ts';
import { guardrailWarnings } from './guardrail-warnings.ts';
import type { Fault } from './schema-faults.ts';

/** What a document is found to be. */
export interface Examined<D> {
  /** Null where it has faults. */
  readonly document: D | null;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** A Guardrail as the cluster holds it. */
export function examineGuardrail(object: Json): Examined<GuardrailDocument> {
  const faults = guardrailFaults(object);
  if (faults.length > 0) return { document: null, faults, warnings: [] };
  const document = object as unknown as GuardrailDocument;
  return { document, faults, warnings: guardrailWarnings(document) };
}

/** A GuardrailException as the cluster holds it. That it has run out is no fault. */
export function examineException(object: Json, context: ExceptionContext): Examined<ExceptionDocument> {
  const faults = exceptionFaults(object, context);
  if (faults.length > 0) return { document: null, faults, warnings: [] };
  const document = object as unknown as ExceptionDocument;
  return { document, faults, warnings: exceptionWarnings(document, context) };
}

export const faultLine = ({ path, message }: Fault): string => (path === '' ? message : `${path}: ${message}`);

export const metadataOf = (object: Json | undefined): JsonObject =>
  isObject(object) && isObject(object['metadata']) ? object['metadata'] : {};

export function metadataText(object: Json | undefined, key: string): string {
  const value = metadataOf(object)[key];
  return typeof value === 'string' ? value : '';
}

export function generationOf(object: Json): number {
  const { generation } = metadataOf(object);
  return typeof generation === 'number' ? generation : 0;
}
