import { Type } from 'typebox';
import type { Static } from 'typebox';
import { selectorSchema } from '../selector.ts';

const closed = { additionalProperties: false } as const;
const texts = Type.Array(Type.String());

const NamedRuleSchema = Type.Object(
  {
    apiGroups: texts,
    apiVersions: texts,
    operations: Type.Array(Type.Enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'])),
    resources: texts,
    scope: Type.Optional(Type.Enum(['Cluster', 'Namespaced', '*'])),
    resourceNames: Type.Optional(texts),
  },
  closed,
);

/** MatchResources of admissionregistration.k8s.io/v1. */
export const MatchResourcesSchema = Type.Object(
  {
    resourceRules: Type.Optional(Type.Array(NamedRuleSchema)),
    excludeResourceRules: Type.Optional(Type.Array(NamedRuleSchema)),
    namespaceSelector: Type.Optional(selectorSchema('Labels of namespaces.')),
    objectSelector: Type.Optional(selectorSchema('Labels of objects.')),
    matchPolicy: Type.Optional(Type.Enum(['Exact', 'Equivalent'])),
  },
  closed,
);

export type MatchResources = Static<typeof MatchResourcesSchema>;
