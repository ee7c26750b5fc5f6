import { Type } from 'typebox';
import type { Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ minLength: 1, description });

const VariablesSchema = Type.Array(
  Type.Object(
    {
      name: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', description: 'A CEL identifier; expressions read variables.NAME.' }),
      expression: text('CEL.'),
    },
    { ...closed, description: 'A value with a name.' },
  ),
  { description: 'Values with names, worked out once where they are first read. Each sees those before it.' },
);

const ParamsSchema = Type.Object(
  {
    apiVersion: text('apiVersion of the object: v1 of a ConfigMap.'),
    kind: text('Kind of the object.'),
    name: text('Name of the object.'),
    namespace: Type.Optional(text('Namespace of the object; by default the one of what is judged.')),
    scope: Type.Optional(
      Type.Enum(['Namespaced', 'Cluster'], { default: 'Namespaced', description: 'Whether objects of the kind are in namespaces.' }),
    ),
  },
  { ...closed, description: 'An object that expressions read as params. Where it is not there, failureMode decides.' },
);

const CureSchema = Type.Object(
  {
    set: Type.Optional(Type.Unknown({ description: 'The value to set.' })),
    setExpression: Type.Optional(text('CEL that gives the value to set.')),
    remove: Type.Optional(Type.Boolean({ description: 'Whether to take the field out.' })),
    class: Type.Optional(
      Type.Enum(['safe', 'review'], {
        default: 'review',
        description: 'safe where a working pod cannot break by it beyond what the rule forbids anyway.',
      }),
    ),
  },
  { ...closed, description: 'The edit at field that takes the fault away: one of set, setExpression and remove.' },
);

/** A rule in CEL, as Kubernetes has it in a ValidatingAdmissionPolicy. */
export const CelSchema = Type.Object(
  {
    expression: text(
      'CEL that is true where nothing is wrong. It reads object, oldObject, request, namespaceObject, authorizer, params and variables as in a ValidatingAdmissionPolicy, and pod or container as over says.',
    ),
    message: Type.Optional(text('What is wrong and what to do, in a sentence.')),
    messageExpression: Type.Optional(text('CEL that gives the message; where it fails, message stands.')),
    field: Type.Optional(text('Field path of the place at fault, from the object, the pod or the container that over names.')),
    over: Type.Optional(
      Type.Enum(['object', 'pods', 'containers'], {
        default: 'object',
        description:
          'What the expression is asked of: the object once; each pod or pod template in it, as pod with metadata and spec; or each container of those, as container.',
      }),
    ),
    variables: Type.Optional(VariablesSchema),
    params: Type.Optional(ParamsSchema),
    severity: Type.Optional(Type.Enum(['critical', 'high', 'medium', 'low'], { default: 'medium', description: 'How bad a fault is.' })),
    cure: Type.Optional(CureSchema),
  },
  { ...closed, description: 'A rule in CEL.' },
);

/** A condition of a match, in CEL. */
export const ConditionsSchema = Type.Array(
  Type.Object(
    { name: text('Name of the condition.'), expression: text('CEL: what it is false of is not judged.') },
    { ...closed, description: 'A condition.' },
  ),
  { description: 'What must be true besides, in CEL, as matchConditions of a ValidatingAdmissionPolicy.' },
);

export type CelDocument = Static<typeof CelSchema>;
export type ConditionDocument = Static<typeof ConditionsSchema>[number];
