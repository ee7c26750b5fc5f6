import type { NamedMetadata } from '../../api/upstream/validating-admission-policy.ts';
import type { Severity } from '../../engine/finding.ts';

const severities: Readonly<Record<string, Severity>> = { critical: 'critical', high: 'high', medium: 'medium', low: 'low', info: 'low' };

/** The severity that a policy's annotations give it, else medium. */
export function severityOf({ annotations }: NamedMetadata): Severity {
  const named = annotations?.['policies.kyverno.io/severity'] ?? annotations?.['severity'] ?? '';
  return (Object.hasOwn(severities, named.toLowerCase()) ? severities[named.toLowerCase()] : undefined) ?? 'medium';
}
