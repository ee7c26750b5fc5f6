import { Type } from 'typebox';
import type { Static } from 'typebox';

const text = (description: string) => Type.String({ description });
const closed = { additionalProperties: false } as const;

const KnownFindingSchema = Type.Object(
  {
    guardrail: text('Guardrail that it breaks.'),
    rule: text('Rule of the guardrail.'),
    apiVersion: text('Of the object.'),
    kind: text('Of the object.'),
    namespace: text('Of the object; empty for one that lies in none.'),
    name: text('Of the object.'),
    path: text('Field path, with names in the place of indexes.'),
  },
  { ...closed, description: 'A finding that was there when the file was written.' },
);

/** What `--baseline` reads: findings that are known, so that only new ones fail a scan. */
export const BaselineSchema = Type.Object({ version: Type.Enum([1]), findings: Type.Array(KnownFindingSchema) }, closed);

export type BaselineDocument = Static<typeof BaselineSchema>;
export type KnownFinding = Static<typeof KnownFindingSchema>;
