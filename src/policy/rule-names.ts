import type { GuardrailDocument, RuleDocument } from '../api/guardrail.ts';
import { controls, parsePolicyVersion, podSecurityControls } from '../standards/pod-security.ts';

/** The names under which the rules of a guardrail report, whatever their modes: what an exception may name. */
export const ruleNames = ({ spec: { rules } }: GuardrailDocument): Set<string> => new Set(rules.flatMap(namesOf));

function namesOf({ name, check, podSecurity }: RuleDocument): readonly string[] {
  if (name !== undefined) return [name];
  if (!podSecurity) return [check ?? ''];
  const { level, version = 'latest', except = [], fromNamespaceLabels } = podSecurity;
  const standing =
    fromNamespaceLabels || level === undefined
      ? controls
      : podSecurityControls(level, parsePolicyVersion(version) ?? Infinity).map(({ control }) => control);
  return standing.filter((control) => !except.includes(control));
}
