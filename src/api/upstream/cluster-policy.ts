import { Type } from 'typebox';
import type { Static } from 'typebox';
import { selectorSchema } from '../selector.ts';
import {
  AuditAnnotationSchema,
  MatchConditionSchema,
  ParamKindSchema,
  ParamRefSchema,
  ValidationSchema,
  VariableSchema,
} from './expressions.ts';
import { NamedMetadataSchema } from './validating-admission-policy.ts';

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;
const texts = Type.Array(Type.String());
const action = Type.Enum(['Audit', 'Enforce', 'audit', 'enforce']);

const ResourcesSchema = Type.Object(
  {
    kinds: Type.Optional(texts),
    name: Type.Optional(Type.String()),
    names: Type.Optional(texts),
    namespaces: Type.Optional(texts),
    annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
    selector: Type.Optional(selectorSchema('Labels of objects.')),
    namespaceSelector: Type.Optional(selectorSchema('Labels of namespaces.')),
    operations: Type.Optional(Type.Array(Type.Enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']))),
  },
  closed,
);

const SubjectSchema = Type.Object(
  {
    kind: Type.Enum(['User', 'Group', 'ServiceAccount']),
    name: Type.String(),
    namespace: Type.Optional(Type.String()),
    apiGroup: Type.Optional(Type.String()),
  },
  closed,
);

const filter = { resources: Type.Optional(ResourcesSchema), subjects: Type.Optional(Type.Array(SubjectSchema)) };
const FilterSchema = Type.Object(filter, closed);

const MatchSchema = Type.Object(
  { ...filter, any: Type.Optional(Type.Array(FilterSchema)), all: Type.Optional(Type.Array(FilterSchema)) },
  closed,
);

// Who is spared for a role is judged where the role is not known; who is matched for one would not be.
const sparing = { ...filter, roles: Type.Optional(texts), clusterRoles: Type.Optional(texts) };
const SparingSchema = Type.Object(sparing, closed);

const ExcludeSchema = Type.Object(
  { ...sparing, any: Type.Optional(Type.Array(SparingSchema)), all: Type.Optional(Type.Array(SparingSchema)) },
  closed,
);

const OverrideSchema = Type.Object(
  {
    action,
    namespaces: Type.Optional(texts),
    namespaceSelector: Type.Optional(selectorSchema('Labels of namespaces.')),
  },
  closed,
);

const ValidateSchema = Type.Object(
  {
    message: Type.Optional(Type.String()),
    failureAction: Type.Optional(action),
    failureActionOverrides: Type.Optional(Type.Array(OverrideSchema)),
    allowExistingViolations: Type.Optional(Type.Boolean()),
    cel: Type.Object(
      {
        expressions: Type.Optional(Type.Array(ValidationSchema)),
        variables: Type.Optional(Type.Array(VariableSchema)),
        auditAnnotations: Type.Optional(Type.Array(AuditAnnotationSchema)),
        paramKind: Type.Optional(ParamKindSchema),
        paramRef: Type.Optional(ParamRefSchema),
        // Whether Kyverno makes a ValidatingAdmissionPolicy of the rule.
        generate: Type.Optional(Type.Boolean()),
      },
      closed,
    ),
  },
  closed,
);

const RuleSchema = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    match: MatchSchema,
    exclude: Type.Optional(ExcludeSchema),
    celPreconditions: Type.Optional(Type.Array(MatchConditionSchema)),
    validate: ValidateSchema,
    skipBackgroundRequests: Type.Optional(Type.Boolean()),
    reportProperties: Type.Optional(Type.Object({}, open)),
  },
  closed,
);

/** ClusterPolicy and Policy of kyverno.io whose rules are in CEL. What is not in CEL has no place here. */
export const ClusterPolicySchema = Type.Object(
  {
    metadata: NamedMetadataSchema,
    spec: Type.Object(
      {
        rules: Type.Array(RuleSchema, { minItems: 1 }),
        validationFailureAction: Type.Optional(action),
        validationFailureActionOverrides: Type.Optional(Type.Array(OverrideSchema)),
        failurePolicy: Type.Optional(Type.Enum(['Fail', 'Ignore'])),
        admission: Type.Optional(Type.Boolean()),
        emitWarning: Type.Optional(Type.Boolean()),
        background: Type.Optional(Type.Boolean()),
        applyRules: Type.Optional(Type.Enum(['All'])),
        schemaValidation: Type.Optional(Type.Boolean()),
        webhookTimeoutSeconds: Type.Optional(Type.Integer()),
        webhookConfiguration: Type.Optional(Type.Object({}, open)),
        generateExisting: Type.Optional(Type.Boolean()),
        generateExistingOnPolicyUpdate: Type.Optional(Type.Boolean()),
        mutateExistingOnPolicyUpdate: Type.Optional(Type.Boolean()),
        useServerSideApply: Type.Optional(Type.Boolean()),
      },
      closed,
    ),
  },
  open,
);

export type ClusterPolicyDocument = Static<typeof ClusterPolicySchema>;
export type ClusterPolicyRule = ClusterPolicyDocument['spec']['rules'][number];
export type ClusterPolicyMatch = Static<typeof ExcludeSchema>;
export type ClusterPolicyFilter = Static<typeof SparingSchema>;
