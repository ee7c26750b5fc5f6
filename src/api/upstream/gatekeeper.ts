import { Type } from 'typebox';
import type { Static } from 'typebox';
import { selectorSchema } from '../selector.ts';
import { MatchConditionSchema, ValidationSchema, VariableSchema } from './expressions.ts';
import { NamedMetadataSchema } from './validating-admission-policy.ts';

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;
const texts = Type.Array(Type.String());

/** Source of the engine K8sNativeValidation. */
export const NativeSourceSchema = Type.Object(
  {
    validations: Type.Optional(Type.Array(ValidationSchema)),
    variables: Type.Optional(Type.Array(VariableSchema)),
    // As the driver spells it, and as one would.
    matchCondition: Type.Optional(Type.Array(MatchConditionSchema)),
    matchConditions: Type.Optional(Type.Array(MatchConditionSchema)),
    failurePolicy: Type.Optional(Type.Enum(['Fail', 'Ignore'])),
    generateVAP: Type.Optional(Type.Boolean()),
  },
  closed,
);

const TargetSchema = Type.Object(
  {
    target: Type.String(),
    rego: Type.Optional(Type.String()),
    libs: Type.Optional(texts),
    code: Type.Optional(Type.Array(Type.Object({ engine: Type.String(), source: Type.Optional(Type.Object({}, open)) }, open))),
    operations: Type.Optional(Type.Array(Type.Enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*']))),
  },
  closed,
);

/** ConstraintTemplate of templates.gatekeeper.sh. */
export const ConstraintTemplateSchema = Type.Object(
  {
    metadata: NamedMetadataSchema,
    spec: Type.Object(
      {
        crd: Type.Object(
          {
            spec: Type.Object(
              {
                names: Type.Object({ kind: Type.String({ minLength: 1 }) }, open),
                validation: Type.Optional(Type.Union([Type.Object({}, open), Type.Null()])),
              },
              open,
            ),
          },
          open,
        ),
        targets: Type.Array(TargetSchema, { minItems: 1 }),
      },
      closed,
    ),
  },
  open,
);

const KindsSchema = Type.Object({ apiGroups: Type.Optional(texts), kinds: Type.Optional(texts) }, closed);

/** Constraint of constraints.gatekeeper.sh, of any kind that a template defines. */
export const ConstraintSchema = Type.Object(
  {
    metadata: NamedMetadataSchema,
    spec: Type.Optional(
      Type.Object(
        {
          enforcementAction: Type.Optional(Type.Enum(['deny', 'warn', 'dryrun', 'scoped'])),
          scopedEnforcementActions: Type.Optional(
            Type.Array(
              Type.Object(
                {
                  action: Type.Enum(['deny', 'warn', 'dryrun']),
                  enforcementPoints: Type.Array(Type.Object({ name: Type.String() }, closed)),
                },
                closed,
              ),
            ),
          ),
          match: Type.Optional(
            Type.Object(
              {
                kinds: Type.Optional(Type.Array(KindsSchema)),
                namespaces: Type.Optional(texts),
                excludedNamespaces: Type.Optional(texts),
                labelSelector: Type.Optional(selectorSchema('Labels of objects.')),
                namespaceSelector: Type.Optional(selectorSchema('Labels of namespaces.')),
                scope: Type.Optional(Type.Enum(['*', 'Cluster', 'Namespaced'])),
                name: Type.Optional(Type.String()),
                source: Type.Optional(Type.Enum(['All', 'Original', 'Generated'])),
              },
              closed,
            ),
          ),
          parameters: Type.Optional(Type.Union([Type.Object({}, open), Type.Null()])),
        },
        closed,
      ),
    ),
  },
  open,
);

export type NativeSource = Static<typeof NativeSourceSchema>;
export type ConstraintTemplateDocument = Static<typeof ConstraintTemplateSchema>;
export type ConstraintDocument = Static<typeof ConstraintSchema>;
export type ConstraintMatch = NonNullable<NonNullable<ConstraintDocument['spec']>['match']>;
