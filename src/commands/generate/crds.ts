import type { TSchema } from 'typebox';
import { stringify } from 'yaml';
import { ExceptionSpecSchema } from '../../api/guardrail-exception.ts';
import { ExceptionStatusSchema, GuardrailStatusSchema } from '../../api/guardrail-status.ts';
import { GUARDRAIL_VERSION, GuardrailSpecSchema } from '../../api/guardrail.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { chart } from './chart-schema.ts';
import { structural } from './structural.ts';
import type { Validations } from './structural.ts';

interface Kind {
  readonly kind: string;
  readonly singular: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Cluster' | 'Namespaced';
  readonly description: string;
  readonly spec: TSchema;
  readonly status: TSchema;
  readonly validations: Validations;
  readonly columns: readonly JsonObject[];
}

const ready = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  description: 'Whether it is in force as written.',
};
const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Since it was made.' };

const kinds: readonly Kind[] = [
  {
    kind: 'Guardrail',
    singular: 'guardrail',
    plural: 'guardrails',
    shortNames: ['gr'],
    scope: 'Cluster',
    description: 'A Guardrail says what workloads must look like, and what happens where they do not.',
    spec: GuardrailSpecSchema,
    status: GuardrailStatusSchema,
    validations: {
      'spec.rules[]': [
        {
          // A list that is filtered costs more than the API server lets a rule cost.
          rule: '(has(self.check) ? 1 : 0) + (has(self.podSecurity) ? 1 : 0) + (has(self.cel) ? 1 : 0) <= 1',
          message: 'a rule names one of check, podSecurity and cel',
        },
        { rule: '!has(self.with) || has(self.check)', message: 'with holds the params of a check' },
      ],
      'spec.rules[].podSecurity': [
        {
          rule: 'has(self.level) != (has(self.fromNamespaceLabels) && self.fromNamespaceLabels)',
          message: 'name a level, or write fromNamespaceLabels: true, one of the two',
        },
      ],
    },
    columns: [
      { name: 'Mode', type: 'string', jsonPath: '.status.mode', description: 'The strictest mode in force now.' },
      {
        name: 'Next change',
        type: 'string',
        jsonPath: '.status.nextChange',
        description: 'When the next entry of the schedule comes into force.',
      },
      ready,
      age,
      {
        name: 'Reachable',
        type: 'string',
        jsonPath: '.status.conditions[?(@.type=="Reachable")].status',
        description: 'Whether the API server asks about all that it matches.',
        priority: 1,
      },
      { name: 'Title', type: 'string', jsonPath: '.spec.title', description: 'What it is for.', priority: 1 },
    ],
  },
  {
    kind: 'GuardrailException',
    singular: 'guardrailexception',
    plural: 'guardrailexceptions',
    shortNames: ['gre'],
    scope: 'Namespaced',
    description:
      'A GuardrailException waives rules of a guardrail for some objects of its namespace until it expires, where the guardrail allows it.',
    spec: ExceptionSpecSchema,
    status: ExceptionStatusSchema,
    validations: {
      spec: [
        {
          rule: 'has(self.rules) != (has(self.allRules) && self.allRules)',
          message: 'name rules, or write allRules: true, one of the two',
        },
      ],
    },
    columns: [
      { name: 'Guardrail', type: 'string', jsonPath: '.spec.guardrail', description: 'The guardrail that is waived.' },
      { name: 'Expires', type: 'string', jsonPath: '.spec.expiresAt', description: 'When it ends.' },
      { name: 'Owner', type: 'string', jsonPath: '.spec.owner', description: 'Who answers for it.' },
      ready,
      age,
      { name: 'Reason', type: 'string', jsonPath: '.spec.reason', description: 'Why it is needed.', priority: 1 },
    ],
  },
];

// As YAML 1.1 has it, which kubectl and Helm read: a bare Off would be false.
/** The CRDs as a template of the chart, projected from the schemas that type the code. */
export async function customResources(): Promise<Record<string, string>> {
  const documents = kinds.map((kind) => withLabels(stringify(definition(kind), { lineWidth: 0, version: '1.1' })));
  const intro = '# Generated from src/api by `npm run generate`: edit that.\n';
  return { [`${chart}/templates/crds.yaml`]: `{{- if .Values.crds.create }}\n${intro}${documents.join('---\n')}{{- end }}\n` };
}

/** The two CustomResourceDefinitions, without labels. */
export const definitions = (): JsonObject[] => kinds.map(definition);

function definition({ kind, singular, plural, shortNames, scope, columns, ...rest }: Kind): JsonObject {
  const [group = '', version = ''] = GUARDRAIL_VERSION.split('/');
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      group,
      scope,
      names: { kind, listKind: `${kind}List`, singular, plural, shortNames: [...shortNames], categories: ['sallyport'] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [...columns],
          schema: { openAPIV3Schema: schemaOf(rest) },
        },
      ],
    },
  };
}

function schemaOf({ description, spec, status, validations }: Pick<Kind, 'description' | 'spec' | 'status' | 'validations'>): JsonObject {
  const written = structural(status, 'status', {}, false) as JsonObject & { properties: JsonObject };
  const { conditions } = written.properties;
  const properties: Json = {
    apiVersion: { type: 'string', description: `Always ${GUARDRAIL_VERSION}.` },
    kind: { type: 'string', description: 'The kind of the object.' },
    metadata: { type: 'object' },
    spec: structural(spec, 'spec', validations),
    status: {
      ...written,
      properties: {
        ...written.properties,
        conditions: { ...(conditions as JsonObject), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
      },
    },
  };
  return { type: 'object', description, required: ['spec'], properties };
}

const withLabels = (text: string): string =>
  text.replace(
    /^(  annotations:\n    helm\.sh\/resource-policy: keep\n)/m,
    `  labels:\n    {{- include "sallyport.labels" . | nindent 4 }}\n$1`,
  );
