import { Meter } from '../../cel/meter.ts';
import type { Bindings, Program } from '../../cel/program.ts';
import type { CelError } from '../../cel/value.ts';
import { isError } from '../../cel/value.ts';
import type { UpstreamException } from './exception.ts';

/** What the exceptions that match come to. */
export interface Excused {
  /** The exception that excuses everything; null where none does. */
  readonly name: string | null;
  /** What the expressions may read of those that let something through: `exceptions`. */
  readonly bindings: Bindings;
  /** Why it cannot be told whether one matches, where the policy fails closed. */
  readonly error: string | null;
}

const nobody: Excused = { name: null, bindings: { exceptions: { allowedImages: [], allowedValues: [] } }, error: null };
const CONDITIONS = 2_500_000;

/** Asks the exceptions of a policy: one without images and values excuses everything, and a broken one before it does not matter then. */
export function exceptionFor(
  exceptions: readonly UpstreamException[],
  bindings: Bindings,
  now: number,
  failurePolicy: 'Fail' | 'Ignore',
): Excused {
  const inForce = exceptions.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  if (inForce.length === 0) return nobody;
  const asked = inForce.map((exception) => ({ exception, holds: holds(exception.conditions, bindings) }));
  const matching = asked.flatMap(({ exception, holds: held }) => (held === true ? [exception] : []));
  const whole = matching.find(({ allowedImages, allowedValues }) => allowedImages.length + allowedValues.length === 0);
  if (whole) return { ...nobody, name: whole.name };
  const fault = asked.find(({ holds: held }) => isError(held))?.holds;
  const error = failurePolicy === 'Fail' && isError(fault) ? fault.message : null;
  const allowedImages = matching.flatMap((exception) => exception.allowedImages);
  const allowedValues = matching.flatMap((exception) => exception.allowedValues);
  return { name: null, error, bindings: { exceptions: { allowedImages, allowedValues } } };
}

/** One that is false settles it, errors before it notwithstanding. */
function holds(conditions: readonly Program[], bindings: Bindings): boolean | CelError {
  const results = conditions.map((condition) =>
    condition.evaluate({ ...bindings, namespaceObject: bindings['namespaceObject'] }, new Meter(CONDITIONS)),
  );
  if (results.includes(false)) return false;
  return results.find(isError) ?? true;
}
