import type { RegisteredGuardrail } from '../registration.ts';
import { placesOf } from '../surface.ts';
import type { UpstreamPolicy } from './unit.ts';

/** What the registration has to know of a policy of another project's kind. */
export function registeredUpstream({ name, failurePolicy, unanswered = failurePolicy, units }: UpstreamPolicy): RegisteredGuardrail {
  const inForce = units.filter(({ strictest }) => strictest !== 'Off');
  return {
    name,
    enforce: inForce.some(({ strictest }) => strictest === 'Enforce'),
    failureMode: unanswered,
    surface: inForce.flatMap(({ rules }) => rules.flatMap(placesOf)),
  };
}
