import { Type } from 'typebox';
import type { Static } from 'typebox';

const ConditionSchema = Type.Object(
  {
    type: Type.String({ description: 'What it is about.' }),
    status: Type.Enum(['True', 'False', 'Unknown'], { description: 'Whether it holds.' }),
    observedGeneration: Type.Optional(Type.Integer({ description: 'Generation of the object that was looked at.' })),
    lastTransitionTime: Type.String({ description: 'When the status last changed.' }),
    reason: Type.String({ description: 'Why, in one word.' }),
    message: Type.String({ description: 'Why, with the exact field.' }),
  },
  { description: 'One thing that holds or does not.' },
);

const conditions = (description: string) => Type.Array(ConditionSchema, { description });

/** Written by the leading server, and only where something changed. */
export const GuardrailStatusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(Type.Integer({ description: 'Generation of the guardrail that was looked at.' })),
    conditions: Type.Optional(
      conditions(
        'Ready: every field is understood and in force; else the last good version is. Reachable: the API server asks about all that the guardrail matches.',
      ),
    ),
    mode: Type.Optional(Type.String({ description: 'The strictest mode in force now, after the ceiling of the servers.' })),
    schedule: Type.Optional(
      Type.Array(
        Type.Object(
          {
            from: Type.String({ description: 'When the entry comes into force.' }),
            mode: Type.String({ description: 'Its mode, after the ceiling of the servers.' }),
            inForce: Type.Boolean({ description: 'Whether its time has come and no later entry has taken its place everywhere.' }),
          },
          { description: 'One entry of spec.schedule.' },
        ),
        { description: 'The entries of spec.schedule, and which of them are in force.' },
      ),
    ),
    nextChange: Type.Optional(Type.String({ description: 'When the next entry of the schedule comes into force.' })),
    lastGood: Type.Optional(
      Type.Object(
        {
          generation: Type.Integer({ description: 'Generation of the guardrail that had this spec.' }),
          spec: Type.Object({}, { additionalProperties: true, description: 'The spec that is in force while the present one is broken.' }),
        },
        { description: 'The last version without a fault, which survives a restart of the servers.' },
      ),
    ),
  },
  { description: 'What the servers make of the guardrail.' },
);

/** Written by the leading server, and only where something changed. */
export const ExceptionStatusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(Type.Integer({ description: 'Generation of the exception that was looked at.' })),
    conditions: Type.Optional(conditions('Ready: the exception is understood, has not run out, and a guardrail honours it here.')),
  },
  { description: 'What the servers make of the exception.' },
);

export type Condition = Static<typeof ConditionSchema>;
export type GuardrailStatus = Static<typeof GuardrailStatusSchema>;
export type ExceptionStatus = Static<typeof ExceptionStatusSchema>;
