import { Type } from 'typebox';

const severity = Type.Enum(['critical', 'high', 'medium', 'low']);
const cureClass = Type.Enum(['safe', 'review'], {
  description: 'safe cannot break a working pod beyond what the rule forbids; review may change behaviour.',
});
const closed = { additionalProperties: false } as const;
const place = { line: Type.Integer({ minimum: 1 }), column: Type.Integer({ minimum: 1 }) };

const FindingSchema = Type.Object(
  {
    guardrail: Type.String(),
    rule: Type.String(),
    check: Type.String(),
    control: Type.Union([Type.String(), Type.Null()], { description: 'Upstream check ID, for Pod Security rules.' }),
    mode: Type.Enum(['Enforce', 'Warn', 'Audit', 'Off']),
    severity,
    state: Type.Enum(['active', 'excepted', 'ratcheted', 'suppressed']),
    message: Type.String(),
    path: Type.String({ description: 'Field path inside the object.' }),
    ...place,
    cure: Type.Union([
      Type.Object({ set: Type.Unknown(), class: cureClass }, closed),
      Type.Object({ remove: Type.Boolean(), class: cureClass }, closed),
      Type.Null(),
    ]),
  },
  closed,
);

/** What `scan --format json` prints. Lines and columns are 1-based; results keep the order of files and documents. */
export const ScanOutputSchema = Type.Object(
  {
    version: Type.Enum([1]),
    digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }),
    results: Type.Array(
      Type.Object(
        {
          file: Type.String(),
          line: place.line,
          apiVersion: Type.String(),
          kind: Type.String(),
          namespace: Type.String(),
          name: Type.String(),
          verdict: Type.Enum(['allow', 'warn', 'deny', 'skip']),
          findings: Type.Array(FindingSchema),
          notes: Type.Optional(
            Type.Array(Type.String(), { description: 'What is told beside the findings: an exception that ends soon.' }),
          ),
        },
        closed,
      ),
    ),
    errors: Type.Array(Type.Object({ file: Type.String(), ...place, message: Type.String() }, closed)),
    summary: Type.Object(
      { objects: Type.Integer(), denied: Type.Integer(), warned: Type.Integer(), allowed: Type.Integer(), skipped: Type.Integer() },
      closed,
    ),
  },
  closed,
);
