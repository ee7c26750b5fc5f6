import type { AuditAnnotation, MatchCondition, Validation, Variable } from '../../api/upstream/expressions.ts';
import { variableType } from '../../cel/admission-environment.ts';
import { compile } from '../../cel/compile.ts';
import type { Environment } from '../../cel/environment.ts';
import type { Issue } from '../../cel/issue.ts';
import type { Program } from '../../cel/program.ts';
import { pointer } from '../../cel/render-issue.ts';
import type { Type } from '../../cel/type.ts';
import { bool, dyn, nullType, string } from '../../cel/type.ts';
import type { Fault } from '../schema-faults.ts';
import type { FaultyElement } from './faulty-element.ts';
import { faultyElement } from './faulty-element.ts';
import { judgedPath } from './judged-path.ts';

/** The expressions of a policy, compiled. */
export interface RuleProgram {
  readonly conditions: readonly Program[];
  readonly variables: ReadonlyMap<string, Program>;
  readonly validations: readonly CompiledValidation[];
  readonly annotations: readonly { readonly key: string; readonly program: Program }[];
  /** What the expressions read of the namespace of the object. */
  readonly readsNamespace: 'nothing' | 'name' | 'all';
  /** Whether an expression makes a message or an annotation. */
  readonly makesTexts: boolean;
  readonly style: Style;
}

export interface CompiledValidation {
  /** As findings name it. */
  readonly rule: string;
  readonly program: Program;
  readonly message: string;
  readonly messageProgram: Program | null;
  /** Field path that the expression judges, where it is one; else ''. */
  readonly path: string;
  /** Which element of a list is at fault, where the expression asks something of all of them. */
  readonly element: FaultyElement | null;
}

/** In what the kinds differ when they evaluate. */
export interface Style {
  /** The first violation ends the judging: what is wrong with later expressions is not said. */
  readonly firstOnly: boolean;
  /** An expression that fails refuses whatever the failure policy says. */
  readonly errorsCount: boolean;
  /** The message where the policy gives none. */
  readonly fallback: (expression: string, index: number) => string;
}

/** What ValidatingAdmissionPolicy does, and whoever runs its evaluator. */
export const admissionStyle: Style = {
  firstOnly: false,
  errorsCount: false,
  fallback: (expression) => `failed expression: ${expression}`,
};

/** The expressions as they are written, and where. */
export interface ProgramSource {
  readonly conditions: Located<MatchCondition>;
  readonly variables: Located<Variable>;
  readonly validations: Located<Validation>;
  readonly annotations: Located<AuditAnnotation>;
  /** Name of a validation by its index; absent: `validations[0]`. */
  readonly ruleName?: (index: number) => string;
  readonly style: Style;
}

export interface Located<T> {
  /** Field path of the list inside the document. */
  readonly path: string;
  readonly items: readonly T[];
}

/** A fault inside an expression: `offset` counts from the start of the text at `path`, in UTF-16 units. */
export interface ExpressionFault extends Fault {
  readonly offset?: number;
}

/** What an expression may name, as far as it hangs on where it stands. */
export type EnvironmentOf = (asked: {
  readonly variables: ReadonlyMap<string, Type>;
  /** Not in messages. */
  readonly authorizer: boolean;
}) => Environment;

/** Compiles every expression, and names what is wrong with each. A program with faults must not run. */
export function compileProgram(source: ProgramSource, environmentOf: EnvironmentOf): { program: RuleProgram; faults: ExpressionFault[] } {
  const faults: ExpressionFault[] = [];
  const types = new Map<string, Type>();
  const variables = new Map<string, Program>();
  source.variables.items.forEach(({ name, expression }, index) => {
    const program = one(expression, `${source.variables.path}[${index}].expression`, null);
    // One that does not compile is known all the same: whoever uses it is not at fault.
    types.set(name, program === null ? dyn : variableType(program.type));
    if (program !== null) variables.set(name, program);
  });
  const program: RuleProgram = {
    style: source.style,
    makesTexts:
      source.annotations.items.length > 0 || source.validations.items.some(({ messageExpression = '' }) => messageExpression.trim() !== ''),
    readsNamespace: namespaceRead(textsOf(source).join('\n')),
    variables,
    conditions: source.conditions.items.flatMap(({ expression }, index) =>
      some(one(expression, `${source.conditions.path}[${index}].expression`, [bool])),
    ),
    validations: source.validations.items.flatMap(validation),
    annotations: source.annotations.items.flatMap(({ key, valueExpression }, index) =>
      some(one(valueExpression, `${source.annotations.path}[${index}].valueExpression`, [string, nullType])).map((compiled) => ({
        key,
        program: compiled,
      })),
    ),
  };
  return { program, faults };

  function validation({ expression, message = '', messageExpression = '' }: Validation, index: number): CompiledValidation[] {
    const at = `${source.validations.path}[${index}]`;
    const compiled = one(expression, `${at}.expression`, [bool]);
    const messageProgram = messageExpression.trim() === '' ? null : one(messageExpression, `${at}.messageExpression`, [string], false);
    if (compiled === null) return [];
    const rule = source.ruleName?.(index) ?? `validations[${index}]`;
    const path = judgedPath(expression, source.variables.items);
    const element = faultyElement(expression, source.variables.items, environmentOf({ variables: types, authorizer: true }));
    return [{ rule, program: compiled, message, messageProgram, path, element }];
  }

  function one(expression: string, path: string, expected: readonly Type[] | null, authorizer = true): Program | null {
    const compiled = compile(expression, environmentOf({ variables: types, authorizer }), expected ?? undefined);
    if (compiled.ok) return compiled.program;
    faults.push(...compiled.issues.map((issue) => faultOf(issue, path, expression)));
    return null;
  }
}

const textsOf = ({ variables, validations, annotations }: ProgramSource): string[] => [
  ...variables.items.map(({ expression }) => expression),
  ...validations.items.flatMap(({ expression, messageExpression = '' }) => [expression, messageExpression]),
  ...annotations.items.map(({ valueExpression }) => valueExpression),
];

const namespaceRead = (text: string): RuleProgram['readsNamespace'] =>
  !text.includes('namespaceObject') ? 'nothing' : /namespaceObject(?!\.metadata\.name\b)/.test(text) ? 'all' : 'name';

const some = <T>(value: T | null): T[] => (value === null ? [] : [value]);

const faultOf = ({ at, message, hint }: Issue, path: string, expression: string): ExpressionFault => ({
  path,
  offset: at,
  pointer: pointer(expression, at),
  message: hint === undefined ? message : `${message}; did you mean "${hint}"?`,
});
