import type { CelDocument } from '../api/cel-rule.ts';
import { compile } from '../cel/compile.ts';
import type { Environment } from '../cel/environment.ts';
import { parse } from '../cel/parser.ts';
import type { Program } from '../cel/program.ts';
import type { Read } from '../cel/reads.ts';
import { reads } from '../cel/reads.ts';
import { dyn } from '../cel/type.ts';
import type { Rule } from '../engine/evaluate.ts';
import type { CureClass, Severity } from '../engine/finding.ts';
import type { Json } from '../kube/json.ts';
import { fieldFault } from './field-fault.ts';
import { admissionPolicyEnvironment } from './upstream/environments.ts';
import type { EnvironmentOf, ExpressionFault, RuleProgram } from './upstream/program.ts';
import { admissionStyle, compileProgram } from './upstream/program.ts';

/** A rule in CEL, ready to judge. */
export interface CelRule extends Common {
  readonly name: string;
  readonly severity: Severity;
  readonly over: Over;
  /** Field path of the place at fault, from what `over` names; null: the one that the expression judges. */
  readonly field: string | null;
  readonly program: RuleProgram;
  readonly params: CelDocument['params'] | null;
  readonly cure: CelCure | null;
  /** What of the object it reads; null where it also compares with the object before the update, so that nothing can have been there before. */
  readonly reads: readonly Read[] | null;
}

export type Over = NonNullable<CelDocument['over']>;

export interface CelCure {
  readonly class: CureClass;
  readonly edit: { readonly set: Json } | { readonly remove: true } | { readonly program: Program };
}

type Common = Pick<Rule, 'guardrail' | 'mode' | 'failureMode' | 'because' | 'excuses'>;

/** @param document one in which `celFaults` finds nothing. */
export function compileCelRule(name: string, document: CelDocument, common: Common): CelRule {
  const { over = 'object', field = null, severity = 'medium', params = null } = document;
  const { program } = programOf(document);
  return { ...common, name, over, field, severity, params, program, cure: cureOf(document), reads: readsOf(document) };
}

/** What is wrong with the expressions of a rule; paths start at the rule's `cel`. */
export function celFaults(document: CelDocument): ExpressionFault[] {
  const { faults } = programOf(document);
  const amiss = fieldFault(document);
  return [...faults, ...(amiss === null ? [] : [{ path: 'field', message: amiss }]), ...cureFaults(document)];
}

function programOf(document: CelDocument) {
  const { expression, message = '', messageExpression = '', variables = [], over = 'object' } = document;
  const source = {
    conditions: { path: '', items: [] },
    annotations: { path: '', items: [] },
    variables: { path: 'variables', items: variables },
    validations: { path: '', items: [{ expression, message, messageExpression }] },
    style: { ...admissionStyle, fallback: (text: string) => `is refused where this is not true: ${text}` },
  };
  const { program, faults } = compileProgram(source, environmentOf(document, over));
  // A rule has one expression and not a list of them.
  return { program, faults: faults.map((fault) => ({ ...fault, path: fault.path.replace(/^\[0\]\./, '') })) };
}

const environmentOf =
  ({ params }: CelDocument, over: Over): EnvironmentOf =>
  ({ variables, authorizer }): Environment => {
    const environment = admissionPolicyEnvironment(params !== undefined)({ authorizer, variables });
    const more = locals[over].map((name) => [name, dyn] as const);
    return { ...environment, variables: new Map([...environment.variables, ...more]) };
  };

/** What an expression may name beside what every ValidatingAdmissionPolicy has. */
const locals: Readonly<Record<Over, readonly string[]>> = { object: [], pods: ['pod'], containers: ['pod', 'container'] };

function cureOf({ cure, variables, ...document }: CelDocument): CelCure | null {
  if (cure === undefined) return null;
  const { class: cureClass = 'review', set, setExpression, remove } = cure;
  if (remove) return { class: cureClass, edit: { remove: true } };
  if (setExpression === undefined) return { class: cureClass, edit: { set: set as Json } };
  const compiled = compile(setExpression, cureEnvironment({ ...document, ...(variables && { variables }) }));
  return compiled.ok ? { class: cureClass, edit: { program: compiled.program } } : null;
}

function cureEnvironment(document: CelDocument): Environment {
  const variables = new Map((document.variables ?? []).map(({ name }) => [name, dyn] as const));
  return environmentOf(document, document.over ?? 'object')({ variables, authorizer: false });
}

function cureFaults(document: CelDocument): ExpressionFault[] {
  const { cure, field } = document;
  if (cure === undefined) return [];
  const given = [cure.set !== undefined, cure.setExpression !== undefined, cure.remove === true].filter(Boolean).length;
  if (given !== 1) return [{ path: 'cure', message: 'a cure has one of set, setExpression and remove: true' }];
  if (field === undefined) return [{ path: 'field', message: 'a cure needs the field path that it edits' }];
  if (cure.setExpression === undefined) return [];
  const compiled = compile(cure.setExpression, cureEnvironment(document));
  return compiled.ok ? [] : compiled.issues.map(({ at, message }) => ({ path: 'cure.setExpression', offset: at, message }));
}

/** Of the expression and of every variable, whether it is used or not: too much is safe. */
function readsOf({ expression, variables = [] }: CelDocument): Read[] | null {
  const found = [expression, ...variables.map((variable) => variable.expression)].flatMap((text) => {
    const parsed = parse(text);
    return parsed.ok ? reads(parsed.expr) : [];
  });
  return found.some(({ root }) => root === 'oldObject') ? null : found;
}
