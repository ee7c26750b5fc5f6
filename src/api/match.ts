import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ConditionsSchema } from './cel-rule.ts';
import { selectorSchema } from './selector.ts';

const closed = { additionalProperties: false } as const;
const texts = (description: string) => Type.Array(Type.String(), { minItems: 1, description });

const ResourceRuleSchema = Type.Object(
  {
    apiGroups: texts('API groups; "" is the core group, * every group.'),
    apiVersions: texts('API versions; * is every version.'),
    operations: Type.Array(Type.Enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*']), {
      minItems: 1,
      description: 'Operations; * is every operation.',
    }),
    resources: texts('Resources, as pods, pods/exec, pods/* (pods and all their subresources), */scale, * or */*.'),
    scope: Type.Optional(
      Type.Enum(['Cluster', 'Namespaced', '*'], {
        default: '*',
        description: 'Cluster-scoped objects only, namespaced ones only, or both.',
      }),
    ),
    resourceNames: Type.Optional(Type.Array(Type.String(), { description: 'Names of objects; none is every name.' })),
  },
  { ...closed, description: 'Resources and operations, as a ValidatingAdmissionPolicy names them.' },
);

/** What a guardrail judges: the shape and meaning of ValidatingAdmissionPolicy matchConstraints. */
export const MatchSchema = Type.Object(
  {
    resourceRules: Type.Optional(
      Type.Array(ResourceRuleSchema, { minItems: 1, description: 'What is judged: what one of these names. By default every workload.' }),
    ),
    excludeResourceRules: Type.Optional(
      Type.Array(ResourceRuleSchema, { description: 'What is not judged, even where a resource rule names it.' }),
    ),
    namespaceSelector: Type.Optional(selectorSchema('Labels of the namespaces in which objects are judged.')),
    objectSelector: Type.Optional(
      selectorSchema('Labels of the objects that are judged, or were before an update. Whoever writes an object chooses its labels.'),
    ),
    conditions: Type.Optional(ConditionsSchema),
    templates: Type.Optional(
      Type.Boolean({ default: true, description: 'Judge workloads that carry a pod template wherever their pods are judged.' }),
    ),
  },
  { ...closed, description: 'What the guardrail judges; by default every pod and every workload that carries a pod template.' },
);

export type MatchDocument = Static<typeof MatchSchema>;
export type ResourceRule = Static<typeof ResourceRuleSchema>;
