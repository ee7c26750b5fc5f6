import { Type } from 'typebox';
import type { Static } from 'typebox';
import { GUARDRAIL_VERSION, nameSchema, timeSchema } from './guardrail.ts';

const closed = { additionalProperties: false } as const;
const texts = (description: string) => Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description });

export const ExceptionSpecSchema = Type.Object(
  {
    guardrail: Type.String({ minLength: 1, description: 'Name of the guardrail that is waived.' }),
    rules: Type.Optional(texts('Names of the rules that are waived.')),
    allRules: Type.Optional(Type.Boolean({ description: 'Waive every rule of the guardrail.' })),
    match: Type.Object(
      {
        name: Type.Optional(
          Type.String({
            minLength: 1,
            description: 'Name of the object; * stands for any characters. Pods of a Deployment carry its name and a suffix.',
          }),
        ),
        labels: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Labels that the object carries, all of them.' })),
        containers: Type.Optional(
          texts('Names of containers; * stands for any characters. Only what is wrong inside one of these is excused.'),
        ),
        images: Type.Optional(
          texts(
            'Images as REGISTRY/REPOSITORY[:TAG][@DIGEST]; * stands for any characters. Only what is wrong inside a container of one of these is excused.',
          ),
        ),
        all: Type.Optional(Type.Boolean({ description: 'Every object of the namespace.' })),
      },
      {
        ...closed,
        description: 'What is excused; all that is given must hold. Ephemeral containers are excused only where containers names them.',
      },
    ),
    reason: Type.String({ minLength: 1, description: 'Why the waiver is needed.' }),
    owner: Type.String({ minLength: 1, description: 'Who answers for it: a team, an address.' }),
    expiresAt: timeSchema('When it ends, as 2027-01-15T00:00:00Z.'),
  },
  { ...closed, description: 'A granted, expiring waiver.' },
);

/** An exception as it is written (sallyport.dev/v1alpha1 GuardrailException, namespaced: it holds in its namespace only). */
export const GuardrailExceptionSchema = Type.Object(
  {
    apiVersion: Type.Enum([GUARDRAIL_VERSION]),
    kind: Type.Enum(['GuardrailException']),
    metadata: Type.Object(
      {
        name: nameSchema('Name of the exception: a DNS subdomain.'),
        namespace: nameSchema('Namespace in which it holds.'),
      },
      { additionalProperties: true },
    ),
    spec: ExceptionSpecSchema,
    status: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'Written by the server, never read from a file.' })),
  },
  closed,
);

export type ExceptionDocument = Static<typeof GuardrailExceptionSchema>;
