import { Type } from 'typebox';
import type { Static } from 'typebox';
import { AuditAnnotationSchema, MatchConditionSchema, ValidationSchema, VariableSchema } from './expressions.ts';
import { LenientMatchResourcesSchema } from './match-resources.ts';
import { NamedMetadataSchema } from './validating-admission-policy.ts';

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;
const texts = Type.Array(Type.String());
const switched = Type.Optional(Type.Object({ enabled: Type.Optional(Type.Boolean()) }, closed));

/** By its identifier a validation is known in Kyverno's own reports. */
const NamedValidationSchema = Type.Object({ ...ValidationSchema.properties, identifier: Type.Optional(Type.String()) }, closed);

const AutogenSchema = Type.Optional(
  Type.Object(
    {
      podControllers: Type.Optional(Type.Object({ controllers: Type.Optional(texts) }, closed)),
      validatingAdmissionPolicy: switched,
    },
    closed,
  ),
);

/** ValidatingPolicy and NamespacedValidatingPolicy of policies.kyverno.io. */
export const ValidatingPolicySchema = Type.Object(
  {
    metadata: NamedMetadataSchema,
    spec: Type.Object(
      {
        matchConstraints: Type.Optional(LenientMatchResourcesSchema),
        matchConditions: Type.Optional(Type.Array(MatchConditionSchema)),
        variables: Type.Optional(Type.Array(VariableSchema)),
        validations: Type.Optional(Type.Array(NamedValidationSchema)),
        auditAnnotations: Type.Optional(Type.Array(AuditAnnotationSchema)),
        failurePolicy: Type.Optional(Type.Enum(['Fail', 'Ignore'])),
        validationActions: Type.Optional(Type.Array(Type.Enum(['Deny', 'Warn', 'Audit']))),
        evaluation: Type.Optional(Type.Object({ mode: Type.Optional(Type.String()), admission: switched, background: switched }, closed)),
        autogen: AutogenSchema,
        // What autogen was first called, in v1alpha1.
        generation: AutogenSchema,
        // How Kyverno registers itself; nothing of it changes a verdict.
        webhookConfiguration: Type.Optional(Type.Object({}, open)),
      },
      closed,
    ),
  },
  open,
);

/** PolicyException of policies.kyverno.io. */
export const PolicyExceptionSchema = Type.Object(
  {
    metadata: NamedMetadataSchema,
    spec: Type.Object(
      {
        policyRefs: Type.Array(Type.Object({ name: Type.String(), kind: Type.String() }, closed)),
        matchConditions: Type.Optional(Type.Array(MatchConditionSchema)),
        images: Type.Optional(texts),
        allowedValues: Type.Optional(texts),
        expiresAt: Type.Optional(Type.String()),
        evaluationMode: Type.Optional(Type.String()),
        reportResult: Type.Optional(Type.String()),
        properties: Type.Optional(Type.Object({}, open)),
      },
      closed,
    ),
  },
  open,
);

export type ValidatingPolicyDocument = Static<typeof ValidatingPolicySchema>;
export type PolicyExceptionDocument = Static<typeof PolicyExceptionSchema>;
