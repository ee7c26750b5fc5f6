import { Type } from 'typebox';
import type { Static } from 'typebox';

export const GUARDRAIL_VERSION = 'sallyport.dev/v1alpha1';

const mode = (description: string) => Type.Enum(['Enforce', 'Warn', 'Audit', 'Off'], { description });
const closed = { additionalProperties: false } as const;

const PodSecuritySchema = Type.Object(
  {
    level: Type.Enum(['privileged', 'baseline', 'restricted'], { description: 'Level of the Pod Security Standards.' }),
    version: Type.Optional(
      Type.String({ pattern: '^(latest|v1\\.(0|[1-9][0-9]{0,8}))$', default: 'latest', description: 'Policy version: latest, or v1.N.' }),
    ),
    except: Type.Optional(Type.Array(Type.String(), { description: 'Upstream check IDs that are left out.' })),
  },
  { ...closed, description: 'The controls of the Pod Security Standards at one level and version.' },
);

const RuleSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, description: 'Name of the rule inside its guardrail; by default its check.' })),
    check: Type.Optional(Type.String({ description: 'Id of a built-in check.' })),
    with: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'Params of the check.' })),
    podSecurity: Type.Optional(PodSecuritySchema),
    mode: Type.Optional(mode('Mode of this rule, where it differs from its guardrail.')),
  },
  { ...closed, description: 'One line of a guardrail: a check or a level of the Pod Security Standards.' },
);

/** A guardrail as it is written (sallyport.dev/v1alpha1 Guardrail, cluster-scoped). */
export const GuardrailSchema = Type.Object(
  {
    apiVersion: Type.Enum([GUARDRAIL_VERSION]),
    kind: Type.Enum(['Guardrail']),
    metadata: Type.Object(
      { name: Type.String({ pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$', description: 'Name of the guardrail: a DNS subdomain.' }) },
      { additionalProperties: true },
    ),
    spec: Type.Object(
      {
        title: Type.Optional(Type.String({ description: 'What the guardrail is for, in a few words.' })),
        mode: mode('What a finding does: Enforce refuses, Warn warns, Audit records, Off does nothing.'),
        failureMode: Type.Optional(
          Type.Enum(['Fail', 'Ignore'], {
            default: 'Fail',
            description: 'What happens when a rule cannot be evaluated or the server cannot be reached: Fail refuses, Ignore lets pass.',
          }),
        ),
        exempt: Type.Optional(
          Type.Object(
            {
              namespaces: Type.Optional(
                Type.Array(Type.String(), { description: 'Namespaces that are not judged; * stands for any characters.' }),
              ),
            },
            { ...closed, description: 'What the guardrail leaves alone.' },
          ),
        ),
        rules: Type.Array(RuleSchema, { minItems: 1, description: 'What the guardrail asks for.' }),
      },
      closed,
    ),
  },
  closed,
);

export type GuardrailDocument = Static<typeof GuardrailSchema>;
export type RuleDocument = Static<typeof RuleSchema>;
