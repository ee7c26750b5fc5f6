import type { Rule } from '../engine/evaluate.ts';
import type { Mode } from '../engine/finding.ts';
import type { Level } from '../standards/pod-security.ts';
import { newestMinor, parsePolicyVersion, podSecurityControls } from '../standards/pod-security.ts';
import { capped } from './mode.ts';

/** A rule `podSecurity: { fromNamespaceLabels: true }`, ready to be told a level and a version. */
export interface LabelRule extends Common {
  /** Name of the rule where it has one. */
  readonly name: string | null;
  /** The controls of a level and version, in a mode that the ceiling of the rule caps. Few can be told apart, and each is made once. */
  readonly controls: (level: Level, version: string, mode: Mode) => readonly Rule[];
}

/** `mode` is a ceiling on what labels ask for. */
type Common = Pick<Rule, 'guardrail' | 'mode' | 'failureMode' | 'because' | 'excuses'>;

export function compileLabelRule(name: string | null, except: readonly string[], common: Common): LabelRule {
  const made = new Map<string, readonly Rule[]>();
  return { ...common, name, controls };

  function controls(level: Level, version: string, asked: Mode): readonly Rule[] {
    const minor = Math.min(parsePolicyVersion(version) ?? Infinity, newestMinor);
    const mode = capped(asked, common.mode);
    const key = `${level} ${minor} ${asked}`;
    const rules = made.get(key) ?? bind(level, minor, { ...common, mode, failureMode: capped(mode, common.failureMode) });
    made.set(key, rules);
    return rules;
  }

  function bind(level: Level, minor: number, shared: Common): Rule[] {
    return podSecurityControls(level, minor)
      .filter(({ control }) => !except.includes(control))
      .map(({ control, check, params }) => ({ ...shared, name: name ?? control, check, params, control }));
  }
}
