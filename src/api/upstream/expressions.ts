import { Type } from 'typebox';
import type { Static } from 'typebox';
import { selectorSchema } from '../selector.ts';

const closed = { additionalProperties: false } as const;
const text = Type.String();
const expression = Type.String({ minLength: 1 });

/** What admission policies share, whoever defines them: conditions, variables, validations and audit annotations in CEL. */
export const MatchConditionSchema = Type.Object({ name: Type.String({ minLength: 1 }), expression }, closed);
export const VariableSchema = Type.Object({ name: Type.String({ minLength: 1 }), expression }, closed);
export const ValidationSchema = Type.Object(
  { expression, message: Type.Optional(text), messageExpression: Type.Optional(text), reason: Type.Optional(text) },
  closed,
);
export const AuditAnnotationSchema = Type.Object({ key: Type.String({ minLength: 1 }), valueExpression: expression }, closed);
export const ParamKindSchema = Type.Object({ apiVersion: Type.String({ minLength: 1 }), kind: Type.String({ minLength: 1 }) }, closed);
export const ParamRefSchema = Type.Object(
  {
    name: Type.Optional(text),
    namespace: Type.Optional(text),
    selector: Type.Optional(selectorSchema('Labels of the params.')),
    parameterNotFoundAction: Type.Optional(Type.Enum(['Allow', 'Deny'])),
  },
  closed,
);

export type MatchCondition = Static<typeof MatchConditionSchema>;
export type Variable = Static<typeof VariableSchema>;
export type Validation = Static<typeof ValidationSchema>;
export type AuditAnnotation = Static<typeof AuditAnnotationSchema>;
export type ParamKind = Static<typeof ParamKindSchema>;
export type ParamRef = Static<typeof ParamRefSchema>;
