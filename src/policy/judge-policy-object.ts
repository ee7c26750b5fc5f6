import type { ExceptionDocument } from '../api/guardrail-exception.ts';
import type { GuardrailDocument } from '../api/guardrail.ts';
import { GUARDRAIL_VERSION } from '../api/guardrail.ts';
import type { Subject } from '../engine/subject.ts';
import { canonical } from '../kube/canonical.ts';
import { isObject } from '../kube/json.ts';
import type { Json } from '../kube/json.ts';
import { expiryFaults } from './exception-faults.ts';
import { faultLine, examineException, examineGuardrail, metadataOf } from './policy-object.ts';
import type { Examined } from './policy-object.ts';
import type { Fault } from './schema-faults.ts';
import { nameTaken } from './store.ts';

export interface PolicyContext {
  /** Guardrails that are in force, as they are written. */
  readonly documents: readonly GuardrailDocument[];
  /** Names of those that come from files, which no object may have. */
  readonly taken: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds that an exception may hold at most. */
  readonly maxLifetime: number;
}

/** What is to be told of a Guardrail or GuardrailException that somebody applies. */
export interface PolicyJudgement {
  /** Why it is refused: nothing, or every fault at once. */
  readonly faults: readonly Fault[];
  /** What is accepted and weaker than it looks. */
  readonly warnings: readonly Fault[];
}

const [group] = GUARDRAIL_VERSION.split('/');

/** Whether the object of a request is one of ours. */
export const isPolicyObject = ({ resource, subresource }: Pick<Subject, 'resource' | 'subresource'>): boolean =>
  resource.group === group && subresource === '' && (resource.resource === 'guardrails' || resource.resource === 'guardrailexceptions');

/** Whether a Guardrail or GuardrailException may be written as it is. One that is broken already may still be labelled and deleted. */
export function judgePolicyObject(subject: Subject, context: PolicyContext): PolicyJudgement {
  if (subject.operation !== 'CREATE' && subject.operation !== 'UPDATE') return nothing;
  if (isUnchanged(subject)) return nothing;
  return subject.resource.resource === 'guardrails' ? ofGuardrail(subject, context) : ofException(subject, context);
}

/** What is told, as lines. The first stands alone. */
export function policyRefusal(subject: Subject, { faults }: PolicyJudgement): string {
  const [first] = faults;
  const more = faults.length > 1 ? ` (1 of ${faults.length} faults)` : '';
  const all = faults.length > 1 ? faults.map((fault) => `\n  - ${faultLine(fault)}${pointed(fault)}`).join('') : first && pointed(first);
  return first === undefined ? '' : `${subject.gvk.kind} ${subject.name}: ${faultLine(first)}${more}${all}`;
}

/** Where in an expression. */
const pointed = ({ pointer = [] }: Fault): string => pointer.map((line) => `\n    ${line}`).join('');

const nothing: PolicyJudgement = { faults: [], warnings: [] };

function ofGuardrail({ object, name }: Subject, { taken }: PolicyContext): PolicyJudgement {
  const examined = examineGuardrail(object);
  return { faults: [...(taken.has(name) ? [nameTaken(name)] : []), ...examined.faults], warnings: examined.warnings };
}

function ofException({ object }: Subject, { documents, now, maxLifetime }: PolicyContext): PolicyJudgement {
  const examined: Examined<ExceptionDocument> = examineException(object, { guardrails: documents, now, maxLifetime });
  const { document, faults, warnings } = examined;
  return { faults: document === null ? faults : expiryFaults(document, now), warnings };
}

function isUnchanged({ operation, object, oldObject }: Subject): boolean {
  if (operation !== 'UPDATE') return false;
  return metadataOf(object)['deletionTimestamp'] !== undefined || canonical(specOf(object)) === canonical(specOf(oldObject));
}

const specOf = (object: Json): Json => (isObject(object) ? (object['spec'] ?? null) : null);
