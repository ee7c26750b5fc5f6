import { Type } from 'typebox';
import type { Static } from 'typebox';
import {
  AuditAnnotationSchema,
  MatchConditionSchema,
  ParamKindSchema,
  ParamRefSchema,
  ValidationSchema,
  VariableSchema,
} from './expressions.ts';
import { MatchResourcesSchema } from './match-resources.ts';

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;

/** What every object has whose name matters. */
export const NamedMetadataSchema = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    namespace: Type.Optional(Type.String()),
    annotations: Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])),
  },
  open,
);

/** ValidatingAdmissionPolicy of admissionregistration.k8s.io. */
export const ValidatingAdmissionPolicySchema = Type.Object(
  {
    metadata: NamedMetadataSchema,
    spec: Type.Object(
      {
        paramKind: Type.Optional(ParamKindSchema),
        matchConstraints: MatchResourcesSchema,
        validations: Type.Optional(Type.Array(ValidationSchema)),
        failurePolicy: Type.Optional(Type.Enum(['Fail', 'Ignore'])),
        auditAnnotations: Type.Optional(Type.Array(AuditAnnotationSchema)),
        matchConditions: Type.Optional(Type.Array(MatchConditionSchema)),
        variables: Type.Optional(Type.Array(VariableSchema)),
      },
      closed,
    ),
  },
  open,
);

/** ValidatingAdmissionPolicyBinding of admissionregistration.k8s.io. */
export const ValidatingAdmissionPolicyBindingSchema = Type.Object(
  {
    metadata: NamedMetadataSchema,
    spec: Type.Object(
      {
        policyName: Type.String({ minLength: 1 }),
        paramRef: Type.Optional(ParamRefSchema),
        matchResources: Type.Optional(MatchResourcesSchema),
        validationActions: Type.Optional(Type.Array(Type.Enum(['Deny', 'Warn', 'Audit']))),
      },
      closed,
    ),
  },
  open,
);

export type NamedMetadata = Static<typeof NamedMetadataSchema>;
export type ValidatingAdmissionPolicyDocument = Static<typeof ValidatingAdmissionPolicySchema>;
export type ValidatingAdmissionPolicyBindingDocument = Static<typeof ValidatingAdmissionPolicyBindingSchema>;
