import type { Comprehension, Expr } from './ast.ts';
import { resolve } from './check-call.ts';
import type { Checking } from './checking.ts';
import { errorType } from './substitution.ts';
import { SIGNATURES } from './signatures.ts';
import { bool, dyn, int, list, map, optional } from './type.ts';
import type { Type } from './type.ts';

/** The type of a macro, with the issues that cel-go has with the calls which it becomes there. */
export function checkComprehension(checking: Checking, macro: Comprehension): Type {
  if (macro.macro === 'optMap' || macro.macro === 'optFlatMap') return checkOptional(checking, macro);
  if (macro.macro === 'sortBy') return checkSort(checking, macro);
  const types = variableTypes(checking, macro, checking.visit(macro.range), macro.range.at);
  return loop(checking, macro, types);
}

const variables = (macro: Comprehension, types: readonly Type[]): (readonly [string, Type])[] =>
  macro.variables.map((name, at) => [name, types[at] ?? dyn] as const);

/** The types of the variables of a loop, one or two: index and element of a list, key and value of a map. */
function variableTypes(checking: Checking, { variables: names }: Comprehension, type: Type, at: number): readonly Type[] {
  const over = checking.substitution.resolve(type);
  const two = names.length === 2;
  switch (over.kind) {
    case 'list':
      return two ? [int, over.element] : [over.element];
    case 'map':
      return two ? [over.key, over.value] : [over.key];
    case 'parameter':
      checking.substitution.assignableOne(dyn, over);
      return [dyn, dyn];
    default:
      if (over.kind === 'dyn' || over === errorType) return [dyn, dyn];
      checking.fail(at, `expression of type '${checking.spell(over)}' cannot be range of a comprehension (must be list, map, or dynamic)`);
      return [errorType, errorType];
  }
}

function loop(checking: Checking, macro: Comprehension, types: readonly Type[]): Type {
  const given = checking.within(variables(macro, types), () => macro.args.map(checking.visit));
  const last = given.at(-1) ?? errorType;
  const [filter] = given;
  switch (macro.macro) {
    case 'all':
    case 'exists':
      if (!checking.substitution.assignableOne(last, bool)) checking.mismatch(macro.args[0]?.at ?? macro.at, bool, last);
      return bool;
    case 'existsOne':
      conditional(checking, macro, [last, int, int]);
      return bool;
    case 'filter':
      return filtered(checking, macro, last, list(types[0] ?? dyn));
    case 'transformMap':
      return filtered(checking, macro, given.length > 1 ? filter : undefined, map(types[0] ?? dyn, last));
    case 'transformMapEntry':
      return filtered(checking, macro, given.length > 1 ? filter : undefined, inserted(checking, macro, last));
    default:
      return filtered(checking, macro, given.length > 1 ? filter : undefined, list(last));
  }
}

/** What a loop gathers, where its filter, if it has one, is a condition. */
function filtered(checking: Checking, macro: Comprehension, filter: Type | undefined, gathered: Type): Type {
  if (filter !== undefined) conditional(checking, macro, [filter, gathered, gathered]);
  return gathered;
}

function inserted(checking: Checking, macro: Comprehension, entry: Type): Type {
  const { substitution } = checking;
  const gathered = map(substitution.open(), substitution.open());
  return call(checking, macro, 'cel.@mapInsert', [gathered, entry]);
}

const conditional = (checking: Checking, macro: Comprehension, given: readonly Type[]): Type => call(checking, macro, '_?_:_', given);

/** The type of a call that cel-go's macro makes. */
function call(checking: Checking, { at }: Comprehension, name: string, given: readonly Type[], member = false): Type {
  const known = checking.environment.functions.get(name) ?? SIGNATURES.get(name) ?? [];
  return resolve(checking, at, { name, known, member, given }).type;
}

/** `target.hasValue() ? optional.of(expr) : optional.none()`, with the variable bound to `target.value()`. */
function checkOptional(checking: Checking, macro: Comprehension): Type {
  const target = visitTwice(checking, macro.range);
  const has = call(checking, macro, 'hasValue', [target], true);
  const value = call(checking, macro, 'value', [target], true);
  const [given = errorType] = checking.within(variables(macro, [value]), () => macro.args.map(checking.visit));
  const held = macro.macro === 'optMap' ? optional(given) : given;
  return conditional(checking, macro, [has, held, optional(checking.substitution.open())]);
}

/** The API server's macro has the expression twice, and so has what is wrong in it: of macros in macros, only as long as anybody reads it. */
function visitTwice(checking: Checking, expr: Expr): Type {
  const known = checking.issues.length;
  const type = checking.visit(expr);
  if (checking.issues.length < MAX_REPEATED) checking.issues.push(...checking.issues.slice(known));
  return type;
}

/** `target.@sortByAssociatedKeys(target.map(variable, key))`. */
function checkSort(checking: Checking, macro: Comprehension): Type {
  const target = checking.visit(macro.range);
  const types = variableTypes(checking, macro, target, macro.at);
  const [key = errorType] = checking.within(variables(macro, types), () => macro.args.map(checking.visit));
  return call(checking, macro, '@sortByAssociatedKeys', [target, list(key)], true);
}

const MAX_REPEATED = 100;
