import type { PolicyExceptionDocument } from '../../api/upstream/kyverno.ts';
import { parseTime } from '../../kube/time.ts';
import type { Fault } from '../schema-faults.ts';
import { kyvernoEnvironment } from './environments.ts';
import type { UpstreamException } from './exception.ts';
import type { ExpressionFault } from './program.ts';
import { admissionStyle, compileProgram } from './program.ts';
import { namingLibraries } from './refused-libraries.ts';

const kinds = ['ValidatingPolicy', 'NamespacedValidatingPolicy'];

/** What cannot be honoured in a PolicyException of the right shape. */
export function policyExceptionFaults({ spec }: PolicyExceptionDocument): Fault[] {
  const { policyRefs, expiresAt } = spec;
  return [
    ...policyRefs.flatMap(({ kind }, index) =>
      kinds.includes(kind)
        ? []
        : [
            {
              path: `spec.policyRefs[${index}].kind`,
              message: `exceptions for a ${kind} are not supported; ${kinds.join(' or ')} is expected`,
            },
          ],
    ),
    ...(expiresAt !== undefined && parseTime(expiresAt) === null
      ? [{ path: 'spec.expiresAt', message: 'a time such as 2027-01-15T00:00:00Z is expected' }]
      : []),
  ];
}

/** An exception ready to be asked. */
export function compilePolicyException({ metadata, spec }: PolicyExceptionDocument): {
  exception: UpstreamException;
  faults: ExpressionFault[];
} {
  const empty = { path: '', items: [] };
  const conditions = { path: 'spec.matchConditions', items: spec.matchConditions ?? [] };
  const { program, faults } = compileProgram(
    { style: admissionStyle, conditions, variables: empty, validations: empty, annotations: empty },
    kyvernoEnvironment,
  );
  return {
    faults: namingLibraries(faults),
    exception: {
      name: [metadata.namespace, metadata.name].filter(Boolean).join('/'),
      conditions: program.conditions,
      allowedImages: spec.images ?? [],
      allowedValues: spec.allowedValues ?? [],
      expiresAt: spec.expiresAt === undefined ? null : parseTime(spec.expiresAt),
    },
  };
}

/** Whether the exception names the policy. */
export const excuses = ({ spec }: PolicyExceptionDocument, kind: string, name: string): boolean =>
  spec.policyRefs.some((ref) => ref.kind === kind && ref.name === name);
