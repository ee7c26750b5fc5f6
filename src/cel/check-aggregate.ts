import type { Expr, ListExpr, MapExpr, StructExpr } from './ast.ts';
import type { Checking } from './checking.ts';
import { unwrap } from './check-select.ts';
import { plain } from './qualified.ts';
import { errorType, sameType } from './substitution.ts';
import { dyn, list, map, optional, typeName } from './type.ts';
import type { Type } from './type.ts';
import { TYPE_NAMES } from './type-names.ts';

/** Items of different types make a list of dyn here; `mixedLiteral` refuses it once all types are known. */
export function checkList(checking: Checking, expr: ListExpr): Type {
  checking.literal(expr);
  let element: Type | null = null;
  for (const item of expr.items) element = joined(checking, element, itemType(checking, item.value, item.optional));
  return list(element ?? checking.substitution.open());
}

export function checkMap(checking: Checking, expr: MapExpr): Type {
  checking.literal(expr);
  let keys: Type | null = null;
  let values: Type | null = null;
  for (const { key, value, optional } of expr.entries) {
    keys = joined(checking, keys, checking.visit(key));
    values = joined(checking, values, itemType(checking, value, optional));
  }
  return map(keys ?? checking.substitution.open(), values ?? checking.substitution.open());
}

/** No environment has a type that can be made so. */
export function checkStruct(checking: Checking, { at, name, fields }: StructExpr): Type {
  const variable = checking.variable(plain(name));
  const isType = TYPE_NAMES.has(plain(name)) || checking.environment.objects.has(plain(name));
  if (variable !== undefined) checking.fail(at, `'${typeName(variable)}' is not a type`);
  else if (isType) checking.fail(at, `'${name}' is not a message type`);
  else checking.undeclared(at, name, checking.variableNames());
  if (variable !== undefined || isType) for (const { value } of fields) checking.visit(value);
  return errorType;
}

/** Notes the members of a literal that have another type than the first; types are final by then. */
export function mixedLiteral(checking: Checking, expr: ListExpr | MapExpr, typeOf: (expr: Expr) => Type): void {
  if (expr.kind === 'list') {
    const members = expr.items.map(({ value, optional }) => ({ value, optional }));
    mixed(checking, members, typeOf, true);
    return;
  }
  mixed(
    checking,
    expr.entries.map(({ key }) => ({ value: key, optional: false })),
    typeOf,
    false,
  );
  mixed(checking, expr.entries, typeOf, false);
}

interface Member {
  readonly value: Expr;
  readonly optional: boolean;
}

function mixed(checking: Checking, members: readonly Member[], typeOf: (expr: Expr) => Type, onlyFirst: boolean): void {
  const [first, ...rest] = members.map(({ value, optional }) => ({ at: value.at, type: memberType(typeOf(value), optional) }));
  if (first === undefined) return;
  for (const { at, type } of rest) {
    if (sameType(first.type, type)) continue;
    checking.mismatch(at, first.type, type);
    if (onlyFirst) return;
  }
}

const memberType = (type: Type, optional: boolean): Type => (optional ? (unwrap(type) ?? type) : type);

function itemType(checking: Checking, value: Expr, isOptional: boolean): Type {
  const type = checking.visit(value);
  if (!isOptional) return type;
  const held = unwrap(type);
  if (held === null && type.kind !== 'dyn') checking.mismatch(value.at, optional(type), type);
  return held ?? type;
}

function joined(checking: Checking, before: Type | null, type: Type): Type {
  if (before === null) return type;
  return checking.substitution.join(before, type) ?? dyn;
}
