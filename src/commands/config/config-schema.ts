import { Type } from 'typebox';
import type { Static } from 'typebox';
import { modes } from '../../policy/mode.ts';

export const severities = ['critical', 'high', 'medium', 'low'] as const;
const texts = Type.Array(Type.String());

/** `.sallyport.yaml`: what the flags of the same names say. Paths start from the folder of the file. */
export const ConfigSchema = Type.Object(
  {
    policies: Type.Optional(texts),
    podSecurity: Type.Optional(Type.String()),
    mode: Type.Optional(Type.Enum([...modes])),
    exceptions: Type.Optional(texts),
    baseline: Type.Optional(Type.String()),
    paths: Type.Optional(texts),
    ignore: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Globs. Without a slash one matches a name anywhere, with one a path from here; a folder is ignored with all in it.',
      }),
    ),
    namespace: Type.Optional(Type.String()),
    namespaceLabels: Type.Optional(Type.Record(Type.String(), Type.String())),
    format: Type.Optional(texts),
    failOn: Type.Optional(Type.Enum([...severities])),
    only: Type.Optional(texts),
    skip: Type.Optional(texts),
    strict: Type.Optional(Type.Boolean()),
    schemas: Type.Optional(texts),
  },
  { additionalProperties: false },
);

export type Config = Static<typeof ConfigSchema>;
