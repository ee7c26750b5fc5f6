import { Type } from 'typebox';
import type { Static } from 'typebox';
import { CelSchema } from './cel-rule.ts';
import { MatchSchema } from './match.ts';
import { selectorSchema } from './selector.ts';

export const GUARDRAIL_VERSION = 'sallyport.dev/v1alpha1';

const mode = (description: string) => Type.Enum(['Enforce', 'Warn', 'Audit', 'Off'], { description });
const closed = { additionalProperties: false } as const;

/** A time as the API server writes it: RFC 3339 with a zone. */
export const timeSchema = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$', description });

/** An object's name: a DNS subdomain. */
export const nameSchema = (description: string) => Type.String({ pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$', description });

const PodSecuritySchema = Type.Object(
  {
    level: Type.Optional(Type.Enum(['privileged', 'baseline', 'restricted'], { description: 'Level of the Pod Security Standards.' })),
    version: Type.Optional(
      Type.String({ pattern: '^(latest|v1\\.(0|[1-9][0-9]{0,8}))$', default: 'latest', description: 'Policy version: latest, or v1.N.' }),
    ),
    except: Type.Optional(Type.Array(Type.String(), { description: 'Upstream check IDs that are left out.' })),
    fromNamespaceLabels: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Take levels, versions and modes from the pod-security.kubernetes.io labels of the namespace, as the built-in admission plugin does. The mode of the guardrail is a ceiling on them; updates does not apply.',
      }),
    ),
  },
  { ...closed, description: 'The controls of the Pod Security Standards at one level and version, or as the labels of the namespace say.' },
);

const RuleSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, description: 'Name of the rule inside its guardrail; by default its check. A rule in CEL needs one.' }),
    ),
    check: Type.Optional(Type.String({ description: 'Id of a built-in check.' })),
    with: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'Params of the check.' })),
    podSecurity: Type.Optional(PodSecuritySchema),
    cel: Type.Optional(CelSchema),
    mode: Type.Optional(mode('Mode of this rule, where it differs from its guardrail.')),
    exemptImages: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description:
          'Images whose init and regular containers this rule leaves alone, as REGISTRY/REPOSITORY[:TAG][@DIGEST], * standing for any characters. Without a digest, whoever can push to the repository is exempt.',
      }),
    ),
  },
  { ...closed, description: 'One line of a guardrail: a check, a level of the Pod Security Standards, or CEL.' },
);

const ScheduleSchema = Type.Array(
  Type.Object(
    {
      from: timeSchema('When the entry comes into force, as 2027-01-15T00:00:00Z.'),
      mode: mode('Mode of the guardrail from then on.'),
      namespaceSelector: Type.Optional(selectorSchema('Labels of the namespaces in which the entry holds; by default every namespace.')),
    },
    { ...closed, description: 'A mode, from a time on.' },
  ),
  { description: 'Modes to come. Of the entries whose time has come and whose selector matches, the latest wins.' },
);

const SubjectSchema = Type.Object(
  {
    kind: Type.Enum(['User', 'Group', 'ServiceAccount'], { description: 'What the name names.' }),
    name: Type.String({ minLength: 1, description: 'Name of the user, group or service account, in full.' }),
    namespace: Type.Optional(Type.String({ minLength: 1, description: 'Namespace of the service account.' })),
  },
  { ...closed, description: 'Who is exempt.' },
);

const ExemptSchema = Type.Object(
  {
    namespaces: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Namespaces that are not judged; * stands for any characters.' }),
    ),
    subjects: Type.Optional(
      Type.Array(SubjectSchema, { description: 'Users, groups and service accounts whose requests are not judged.' }),
    ),
    runtimeClasses: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Runtime classes whose pods are not judged, by spec.runtimeClassName.' }),
    ),
  },
  { ...closed, description: 'What the guardrail leaves alone.' },
);

export const GuardrailSpecSchema = Type.Object(
  {
    title: Type.Optional(Type.String({ description: 'What the guardrail is for, in a few words.' })),
    mode: mode('What a finding does: Enforce refuses, Warn warns, Audit records, Off does nothing.'),
    schedule: Type.Optional(ScheduleSchema),
    updates: Type.Optional(
      Type.Enum(['Ratchet', 'Full'], {
        default: 'Ratchet',
        description:
          'On an update, Ratchet tolerates what the object had before and refuses what is new; Full judges as if it were created.',
      }),
    ),
    failureMode: Type.Optional(
      Type.Enum(['Fail', 'Ignore'], {
        default: 'Fail',
        description: 'What happens when a rule cannot be evaluated or the server cannot be reached: Fail refuses, Ignore lets pass.',
      }),
    ),
    match: Type.Optional(MatchSchema),
    exempt: Type.Optional(ExemptSchema),
    exceptions: Type.Optional(
      Type.Object(
        {
          namespaces: Type.Array(Type.String({ minLength: 1 }), {
            description: 'Namespaces whose GuardrailExceptions are honoured; * stands for any characters.',
          }),
        },
        { ...closed, description: 'Where GuardrailExceptions are honoured; by default nowhere.' },
      ),
    ),
    inlineExceptions: Type.Optional(
      Type.Enum(['Allow', 'Forbid'], {
        default: 'Allow',
        description:
          'Whether a comment beside a fault in a file (# sallyport: allow RULE until YYYY-MM-DD -- REASON) keeps a scan from failing. A cluster never heeds one.',
      }),
    ),
    rules: Type.Array(RuleSchema, { minItems: 1, description: 'What the guardrail asks for.' }),
  },
  { ...closed, description: 'What is asked of which objects, and what happens where it is not met.' },
);

/** A guardrail as it is written (sallyport.dev/v1alpha1 Guardrail, cluster-scoped). */
export const GuardrailSchema = Type.Object(
  {
    apiVersion: Type.Enum([GUARDRAIL_VERSION]),
    kind: Type.Enum(['Guardrail']),
    metadata: Type.Object({ name: nameSchema('Name of the guardrail: a DNS subdomain.') }, { additionalProperties: true }),
    spec: GuardrailSpecSchema,
    status: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'Written by the server, never read from a file.' })),
  },
  closed,
);

export type GuardrailDocument = Static<typeof GuardrailSchema>;
export type RuleDocument = Static<typeof RuleSchema>;
export type PodSecurityDocument = Static<typeof PodSecuritySchema>;
