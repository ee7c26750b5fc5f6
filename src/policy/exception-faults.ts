import type { ExceptionDocument } from '../api/guardrail-exception.ts';
import { GuardrailExceptionSchema } from '../api/guardrail-exception.ts';
import type { GuardrailDocument } from '../api/guardrail.ts';
import { GUARDRAIL_VERSION } from '../api/guardrail.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { keyFault, valueFault } from '../kube/selector.ts';
import { parseTime } from '../kube/time.ts';
import { DAY_MS, creationTime } from './exception.ts';
import { honours } from './exceptions.ts';
import { imagePatternFault, isPinned } from './image-pattern.ts';
import { ruleNames } from './rule-names.ts';
import type { Fault } from './schema-faults.ts';
import { schemaFaults, suggestion } from './schema-faults.ts';

export interface ExceptionContext {
  /** Guardrails in force. */
  readonly guardrails: readonly GuardrailDocument[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds that an exception may hold at most. */
  readonly maxLifetime: number;
}

/** What is wrong with a document as an exception: nothing, or every fault at once. One that has run out is none: see `expiryFaults`. */
export function exceptionFaults(value: Json, context: ExceptionContext): Fault[] {
  if (!isObject(value)) return [{ path: '', message: 'a GuardrailException is expected' }];
  if (value['apiVersion'] !== GUARDRAIL_VERSION)
    return [
      { path: 'apiVersion', message: `${JSON.stringify(value['apiVersion'] ?? null)} is not known; ${GUARDRAIL_VERSION} is expected` },
    ];
  const faults = schemaFaults(GuardrailExceptionSchema, value);
  if (faults.length > 0) return faults;
  const document = value as unknown as ExceptionDocument;
  return [...scopeFaults(document), ...targetFaults(document, context), ...lifetimeFaults(document, context)];
}

/** Why nobody should apply it now: it has run out already. One that is stored, or in a file, may. */
export function expiryFaults({ spec }: ExceptionDocument, now: number): Fault[] {
  return (parseTime(spec.expiresAt) ?? Infinity) > now ? [] : [{ path: 'spec.expiresAt', message: `${spec.expiresAt} is over` }];
}

/** What of an exception without faults does less, or lets through more, than it looks. */
export function exceptionWarnings({ metadata, spec }: ExceptionDocument, { guardrails }: Pick<ExceptionContext, 'guardrails'>): Fault[] {
  const guardrail = guardrails.find((known) => known.metadata.name === spec.guardrail);
  const unheard = guardrail !== undefined && !honours({ honours: guardrail.spec.exceptions?.namespaces ?? [] }, metadata.namespace);
  const message = `the guardrail ${spec.guardrail} honours no exceptions in the namespace ${metadata.namespace}; see its exceptions.namespaces`;
  const open = (spec.match.images ?? []).flatMap((pattern, index) =>
    isPinned(pattern)
      ? []
      : [
          {
            path: `spec.match.images[${index}]`,
            message: `${JSON.stringify(pattern)} has no digest, so whoever can push to the repository is excused`,
          },
        ],
  );
  return [...(unheard ? [{ path: 'spec.guardrail', message }] : []), ...open];
}

function scopeFaults({ spec: { rules, allRules, match } }: ExceptionDocument): Fault[] {
  const { all, name, labels, containers, images } = match;
  const narrowed = [name, labels, containers, images].some((given) => given !== undefined);
  return [
    ...fault('spec.rules', (rules !== undefined) === (allRules === true) ? 'name rules, or write allRules: true, one of the two' : null),
    ...fault('spec.match', narrowed === (all === true) ? 'say what is excused, or write all: true, one of the two' : null),
    ...(images ?? []).flatMap((pattern, index) => fault(`spec.match.images[${index}]`, imagePatternFault(pattern))),
    ...Object.entries(labels ?? {}).flatMap(([key, value]) => fault(`spec.match.labels[${key}]`, keyFault(key) ?? valueFault(value))),
  ];
}

function targetFaults({ spec }: ExceptionDocument, { guardrails }: ExceptionContext): Fault[] {
  const guardrail = guardrails.find((known) => known.metadata.name === spec.guardrail);
  if (guardrail === undefined) {
    const names = guardrails.map((known) => known.metadata.name);
    return fault('spec.guardrail', `unknown guardrail "${spec.guardrail}"${suggestion(spec.guardrail, names)}`);
  }
  const known = ruleNames(guardrail);
  return (spec.rules ?? []).flatMap((rule, index) =>
    fault(
      `spec.rules[${index}]`,
      known.has(rule) ? null : `the guardrail ${spec.guardrail} has no rule "${rule}"${suggestion(rule, known)}`,
    ),
  );
}

function lifetimeFaults({ metadata, spec }: ExceptionDocument, { now, maxLifetime }: ExceptionContext): Fault[] {
  const expires = parseTime(spec.expiresAt);
  if (expires === null) return fault('spec.expiresAt', `${JSON.stringify(spec.expiresAt)} is no time on the calendar`);
  const made = creationTime(metadata) ?? now;
  if (expires - made <= maxLifetime) return [];
  const latest = new Date(made + maxLifetime).toISOString();
  return fault('spec.expiresAt', `an exception may hold ${maxLifetime / DAY_MS} days at most, here until ${latest}`);
}

const fault = (path: string, message: string | null): Fault[] => (message === null ? [] : [{ path, message }]);
