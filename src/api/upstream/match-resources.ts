import { Type } from 'typebox';
import type { Static } from 'typebox';
import { selectorSchema } from '../selector.ts';

const closed = { additionalProperties: false } as const;
const texts = Type.Array(Type.String());

const rule = {
  apiGroups: texts,
  operations: Type.Array(Type.Enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'])),
  resources: texts,
  scope: Type.Optional(Type.Enum(['Cluster', 'Namespaced', '*'])),
  resourceNames: Type.Optional(texts),
};

const NamedRuleSchema = Type.Object({ ...rule, apiVersions: texts }, closed);
const LenientRuleSchema = Type.Object({ ...rule, apiVersions: Type.Optional(texts) }, closed);

const conditions = {
  namespaceSelector: Type.Optional(selectorSchema('Labels of namespaces.')),
  objectSelector: Type.Optional(selectorSchema('Labels of objects.')),
  matchPolicy: Type.Optional(Type.Enum(['Exact', 'Equivalent'])),
};

/** MatchResources of admissionregistration.k8s.io/v1. */
export const MatchResourcesSchema = Type.Object(
  {
    ...conditions,
    resourceRules: Type.Optional(Type.Array(NamedRuleSchema)),
    excludeResourceRules: Type.Optional(Type.Array(NamedRuleSchema)),
  },
  closed,
);

/** The same in a CRD, which asks for less: rules may leave out their versions. */
export const LenientMatchResourcesSchema = Type.Object(
  {
    ...conditions,
    resourceRules: Type.Optional(Type.Array(LenientRuleSchema)),
    excludeResourceRules: Type.Optional(Type.Array(LenientRuleSchema)),
  },
  closed,
);

export type MatchResources = Static<typeof MatchResourcesSchema>;
export type LenientMatchResources = Static<typeof LenientMatchResourcesSchema>;
