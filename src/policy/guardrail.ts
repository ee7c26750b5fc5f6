import { Default } from 'typebox/value';
import type { GuardrailDocument, PodSecurityDocument, RuleDocument } from '../api/guardrail.ts';
import { checks } from '../checks/index.ts';
import type { Rule } from '../engine/evaluate.ts';
import type { Mode } from '../engine/finding.ts';
import type { Subject } from '../engine/subject.ts';
import type { Pod } from '../kube/pod.ts';
import { containerAt } from '../kube/pod.ts';
import { parsePolicyVersion, podSecurityControls } from '../standards/pod-security.ts';
import type { CelRule } from './cel-rule.ts';
import { compileCelRule } from './cel-rule.ts';
import { compileConditions } from './conditions.ts';
import { compileSubjects } from './exempt.ts';
import { compileImagePattern } from './image-pattern.ts';
import type { LabelRule } from './label-rule.ts';
import { compileLabelRule } from './label-rule.ts';
import type { Match } from './match.ts';
import { compileMatch } from './match.ts';
import type { ModeInForce } from './mode.ts';
import { capped, modeOfRule, strictness } from './mode.ts';
import type { ScheduleEntry } from './schedule.ts';
import { compileSchedule } from './schedule.ts';
import type { RuleProgram } from './upstream/program.ts';

/** What a guardrail asks for while one mode of it is in force: rules that are off are left out. */
export interface Phase {
  /** Of the guardrail. */
  readonly name: string;
  /** The strictest mode among its rules; Off where none is left. */
  readonly mode: Mode;
  readonly rules: readonly Rule[];
  /** Rules whose levels and modes the labels of the namespace decide. */
  readonly labelled?: readonly LabelRule[];
  /** Rules in CEL, which may judge objects without pods too. */
  readonly cel?: readonly CelRule[];
}

/** A guardrail ready to judge: every rule bound to its check, every mode under the ceiling. As a phase, it is what no schedule has changed. */
export interface Guardrail extends Phase {
  readonly failureMode: 'Fail' | 'Ignore';
  readonly exemptNamespaces: readonly string[];
  /** The flag that loads it elsewhere: `--policies restricted`. */
  readonly origin: string;
  /** Absent: every workload. */
  readonly match?: Match;
  /** What must be true besides, in CEL. */
  readonly conditions?: RuleProgram;
  readonly schedule?: readonly ScheduleEntry[];
  /** The phase of each entry of `spec.schedule`. */
  readonly phases?: readonly Phase[];
  readonly exempts?: (user: Subject['user']) => boolean;
  readonly exemptRuntimeClasses?: readonly string[];
  /** Absent: Ratchet. */
  readonly updates?: 'Ratchet' | 'Full';
  /** Namespaces whose exceptions are honoured; absent: none. */
  readonly honours?: readonly string[];
}

/** @param document one in which `guardrailFaults` finds nothing. */
export function compileGuardrail(document: GuardrailDocument, ceiling: Mode, origin: string): Guardrail {
  const { spec } = document;
  const { match, schedule, updates = 'Ratchet', failureMode = 'Fail', exempt, exceptions } = spec;
  const labelled = spec.rules.some(({ podSecurity }) => podSecurity?.fromNamespaceLabels);
  return {
    ...phase(document, { mode: spec.mode, because: `mode ${spec.mode} of the guardrail` }, ceiling),
    failureMode,
    exemptNamespaces: exempt?.namespaces ?? [],
    origin,
    updates,
    ...(match !== undefined || labelled ? { match: compileMatch(match, labelled) } : {}),
    ...(match?.conditions && { conditions: compileConditions(match.conditions).program }),
    ...(schedule && {
      schedule: compileSchedule(schedule),
      phases: schedule.map(({ from, mode }, index) =>
        phase(document, { mode, because: `mode ${mode} of schedule[${index}] since ${from}` }, ceiling),
      ),
    }),
    ...(exempt?.subjects && { exempts: compileSubjects(exempt.subjects) }),
    ...(exempt?.runtimeClasses && { exemptRuntimeClasses: exempt.runtimeClasses }),
    ...(exceptions && { honours: exceptions.namespaces }),
  };
}

/** Every phase that a guardrail can be in. */
export const phasesOf = (guardrail: Guardrail): readonly Phase[] => [guardrail, ...(guardrail.phases ?? [])];

/** Whether a phase has anything to judge. */
export const isIdle = (phase: Phase): boolean => rulesOf(phase).length === 0;

/** The rules of every kind. */
export const rulesOf = ({ rules, labelled = [], cel = [] }: Phase): readonly (Rule | LabelRule | CelRule)[] => [
  ...rules,
  ...labelled,
  ...cel,
];

function phase({ metadata: { name }, spec }: GuardrailDocument, guardrail: ModeInForce, ceiling: Mode): Phase {
  const standing = spec.rules.flatMap((rule) => {
    const { mode, because } = modeOfRule(guardrail, rule.mode, ceiling);
    if (mode === 'Off') return [];
    const failureMode = spec.failureMode === 'Ignore' ? capped(mode, 'Warn') : mode;
    return [{ rule, common: { guardrail: name, mode, failureMode, because, ...excuses(rule.exemptImages) } }];
  });
  const rules = standing.flatMap(({ rule, common }) => bind(rule).map((bound) => ({ ...common, ...bound })));
  const labelled = standing.flatMap(({ rule, common }) =>
    rule.podSecurity?.fromNamespaceLabels ? [compileLabelRule(rule.name ?? null, rule.podSecurity.except ?? [], common)] : [],
  );
  const cel = standing.flatMap(({ rule, common }) => (rule.cel ? [compileCelRule(rule.name ?? '', rule.cel, common)] : []));
  const mode = strictest([...rules, ...labelled, ...cel]);
  return { name, mode, rules, ...(labelled.length > 0 && { labelled }), ...(cel.length > 0 && { cel }) };
}

const strictest = (rules: readonly { readonly mode: Mode }[]): Mode =>
  rules.reduce<Mode>((mode, rule) => (strictness(rule.mode) > strictness(mode) ? rule.mode : mode), 'Off');

/** Faults inside init and regular containers of these images. Of an ephemeral container the tenant chooses image and command. */
function excuses(patterns: readonly string[] | undefined): Pick<Rule, 'excuses'> {
  if (!patterns?.length) return {};
  const matchers = patterns.map(compileImagePattern);
  return {
    excuses(pod: Pod, at: string) {
      const container = containerAt(pod, at);
      if (!container || container.list === 'ephemeralContainers') return false;
      return matchers.some((matches) => matches(container.spec.image ?? ''));
    },
  };
}

type Bound = Pick<Rule, 'name' | 'check' | 'params' | 'control'>;

function bind(rule: RuleDocument): Bound[] {
  if (rule.cel) return [];
  if (rule.podSecurity) return bindPodSecurity(rule.name, rule.podSecurity);
  const check = checks.get(rule.check ?? '');
  if (!check) return [];
  return [{ name: rule.name ?? check.id, check, params: Default(check.params, structuredClone(rule.with ?? {})), control: null }];
}

function bindPodSecurity(name: string | undefined, { level, version, except }: PodSecurityDocument): Bound[] {
  if (level === undefined) return [];
  const minor = parsePolicyVersion(version ?? 'latest') ?? Infinity;
  return podSecurityControls(level, minor)
    .filter(({ control }) => !except?.includes(control))
    .map(({ control, check, params }) => ({ name: name ?? control, check, params, control }));
}
