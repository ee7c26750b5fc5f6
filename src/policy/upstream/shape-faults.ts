import type { TSchema } from 'typebox';
import { ClusterPolicySchema } from '../../api/upstream/cluster-policy.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { Fault } from '../schema-faults.ts';
import { schemaFaults } from '../schema-faults.ts';

/** Fields that are well known and cannot be honoured, and why. */
const unsupported: Readonly<Record<string, string>> = {
  roles: 'who has which role is not known here',
  clusterRoles: 'who has which role is not known here',
  context: 'a rule in CEL has no context',
  preconditions: 'preconditions in JMESPath are not supported; a rule in CEL has celPreconditions',
};

/** What of a document has not the shape of its kind. What is known and not supported is told as such. */
export function shapeFaults(schema: TSchema, value: Json): Fault[] {
  const foreign = schema === ClusterPolicySchema ? rulesBesideCel(value) : [];
  return foreign.length > 0 ? foreign : schemaFaults(schema, value).map(named);
}

/** Rules of a ClusterPolicy that are no validation in CEL. */
function rulesBesideCel(value: Json): Fault[] {
  const spec = isObject(value) && isObject(value['spec']) ? value['spec'] : {};
  const rules = Array.isArray(spec['rules']) ? spec['rules'] : [];
  return rules.flatMap((rule, index) => {
    if (!isObject(rule)) return [];
    const validate = isObject(rule['validate']) ? rule['validate'] : {};
    if (isObject(validate['cel'])) return [];
    const does = ['mutate', 'generate', 'verifyImages'].find((key) => key in rule);
    const how = does ?? `validate.${kindsOfValidation.find((key) => key in validate) ?? 'cel'}`;
    return [{ path: `spec.rules[${index}]`, message: `only rules with validate.cel are supported, and this one is ${how}` }];
  });
}

const kindsOfValidation = ['pattern', 'anyPattern', 'deny', 'foreach', 'podSecurity', 'manifests', 'assert'];

function named(fault: Fault): Fault {
  const field = /^unknown field "([^"]+)"/.exec(fault.message)?.[1] ?? '';
  const why = Object.hasOwn(unsupported, field) ? unsupported[field] : undefined;
  return why === undefined ? fault : { ...fault, message: `the field "${field}" is not supported: ${why}` };
}
