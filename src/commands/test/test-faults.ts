import type { CaseDocument, GuardrailTestDocument } from '../../api/policy-test.ts';
import { GuardrailTestSchema } from '../../api/policy-test.ts';
import { GUARDRAIL_VERSION } from '../../api/guardrail.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { parseTime } from '../../kube/time.ts';
import type { Fault } from '../../policy/schema-faults.ts';
import { schemaFaults, suggestion } from '../../policy/schema-faults.ts';

/** What is wrong with a document as a test of guardrails: nothing, or every fault at once. */
export function testFaults(value: Json): Fault[] {
  if (!isObject(value)) return [{ path: '', message: 'a GuardrailTest is expected' }];
  const { apiVersion, kind } = value;
  if (kind !== 'GuardrailTest')
    return [
      { path: 'kind', message: `${shown(kind)} is no kind of test; GuardrailTest is expected${suggestion(kind, ['GuardrailTest'])}` },
    ];
  if (apiVersion !== GUARDRAIL_VERSION)
    return [{ path: 'apiVersion', message: `${shown(apiVersion)} is not known; ${GUARDRAIL_VERSION} is expected` }];
  const faults = schemaFaults(GuardrailTestSchema, value);
  if (faults.length > 0) return faults;
  const { cases, now } = value as unknown as GuardrailTestDocument;
  return [...timeFaults('now', now), ...cases.flatMap(caseFaults), ...repeated(cases)];
}

/** Of a document that is read for a human: which of them are ours. */
export const isPolicyTest = (value: Json): boolean =>
  isObject(value) && typeof value['apiVersion'] === 'string' && value['apiVersion'].startsWith('sallyport.dev/');

function caseFaults({ object, file, operation, oldObject, now }: CaseDocument, index: number): Fault[] {
  const path = `cases[${index}]`;
  return [
    ...fault(path, (object === undefined) === (file === undefined) ? 'a case names either an object or a file' : null),
    ...fault(path, operation === 'UPDATE' && oldObject === undefined ? 'an UPDATE needs the oldObject that it changes' : null),
    ...fault(
      `${path}.oldObject`,
      oldObject !== undefined && (operation === 'CREATE' || operation === 'CONNECT') ? `a ${operation} has no oldObject` : null,
    ),
    ...timeFaults(`${path}.now`, now),
  ];
}

/** A report names a case by its name only. */
const repeated = (cases: readonly CaseDocument[]): Fault[] =>
  cases.flatMap(({ name }, index) =>
    fault(
      `cases[${index}].name`,
      cases.findIndex((other) => other.name === name) === index ? null : `another case has the name ${shown(name)}`,
    ),
  );

const timeFaults = (path: string, time: string | undefined): Fault[] =>
  fault(path, time !== undefined && parseTime(time) === null ? `${shown(time)} is no time on the calendar` : null);

const shown = (value: Json | undefined): string => JSON.stringify(value ?? null);

const fault = (path: string, message: string | null): Fault[] => (message === null ? [] : [{ path, message }]);
