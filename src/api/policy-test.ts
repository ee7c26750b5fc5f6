import { Type } from 'typebox';
import type { Static } from 'typebox';
import { GUARDRAIL_VERSION, timeSchema } from './guardrail.ts';

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;
const texts = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description });

const UserSchema = Type.Object(
  {
    username: Type.Optional(Type.String({ description: 'Name of the user.' })),
    groups: Type.Optional(texts('Groups of the user.')),
  },
  { ...closed, description: 'Who asks; by default nobody in particular.' },
);

const ExpectSchema = Type.Object(
  {
    verdict: Type.Enum(['allow', 'warn', 'deny', 'skip'], { description: 'What is said of the request.' }),
    findings: Type.Optional(
      texts(
        'All that is found, in any order, each as RULE PATH or GUARDRAIL/RULE PATH, followed by (excepted) or (ratcheted) where it is. Left out: whatever is found.',
      ),
    ),
    warnings: Type.Optional(texts('All that is warned of, in any order, each by a part of its text. Left out: whatever is warned of.')),
  },
  { ...closed, description: 'What must come of it.' },
);

const CaseSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'A sentence that says what holds.' }),
    object: Type.Optional(Type.Object({}, { ...open, description: 'The object of the request.' })),
    file: Type.Optional(Type.String({ minLength: 1, description: 'A file that holds the object, relative to this one.' })),
    operation: Type.Optional(
      Type.Enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT'], {
        description: 'What is done; by default UPDATE where there is an oldObject, else CREATE.',
      }),
    ),
    subresource: Type.Optional(
      Type.String({ minLength: 1, description: 'Part of the object that the request is for: ephemeralcontainers.' }),
    ),
    oldObject: Type.Optional(Type.Object({}, { ...open, description: 'The object as it was before an UPDATE.' })),
    namespace: Type.Optional(
      Type.String({ minLength: 1, description: 'Namespace of a workload that names none itself; by default "default".' }),
    ),
    namespaceLabels: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Labels of the namespace.' })),
    user: Type.Optional(UserSchema),
    now: Type.Optional(timeSchema('When it is asked, as 2027-01-15T00:00:00Z; by default as the file says.')),
    expect: Type.Optional(ExpectSchema),
  },
  { ...closed, description: 'One request, and what must come of it.' },
);

/** Cases that a guardrail is held to (sallyport.dev/v1alpha1 GuardrailTest): a file for `sallyport test`, which no cluster serves. */
export const GuardrailTestSchema = Type.Object(
  {
    apiVersion: Type.Enum([GUARDRAIL_VERSION]),
    kind: Type.Enum(['GuardrailTest']),
    metadata: Type.Optional(Type.Object({}, open)),
    policies: Type.Optional(
      texts(
        'Files, folders or packs of guardrails, relative to this file. By default the file beside it of the same name, without .test; where there is none, every guardrail in the folder.',
      ),
    ),
    exceptions: Type.Optional(texts('Files or folders of exceptions, relative to this file.')),
    now: Type.Optional(timeSchema('When all is asked, as 2027-01-15T00:00:00Z; by default when the test runs.')),
    cases: Type.Array(CaseSchema, { minItems: 1, description: 'What is asked, and what must come of it.' }),
  },
  closed,
);

export type GuardrailTestDocument = Static<typeof GuardrailTestSchema>;
export type CaseDocument = GuardrailTestDocument['cases'][number];
