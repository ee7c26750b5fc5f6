import { Type } from 'typebox';
import type { Static } from 'typebox';

const closed = { additionalProperties: false } as const;

/** A label selector (meta/v1 LabelSelector). */
export const selectorSchema = (description: string) =>
  Type.Object(
    {
      matchLabels: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: 'Labels that must have these values; all of them must hold.' }),
      ),
      matchExpressions: Type.Optional(
        Type.Array(
          Type.Object(
            {
              key: Type.String({ description: 'Key of a label.' }),
              operator: Type.Enum(['In', 'NotIn', 'Exists', 'DoesNotExist'], { description: 'How the label relates to the values.' }),
              values: Type.Optional(
                Type.Array(Type.String(), { description: 'Values for In and NotIn; none for Exists and DoesNotExist.' }),
              ),
            },
            { ...closed, description: 'One requirement.' },
          ),
          { description: 'Requirements on labels; all of them must hold.' },
        ),
      ),
    },
    { ...closed, description },
  );

export type LabelSelector = Static<ReturnType<typeof selectorSchema>>;
