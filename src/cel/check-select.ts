import type { Ident, Select } from './ast.ts';
import type { Checking } from './checking.ts';
import { lastWords, plain, qualifiedNameOf } from './qualified.ts';
import { errorType } from './substitution.ts';
import { bool, checkedTypeName, dyn, object, optional, typeName, typeOf } from './type.ts';
import type { Type } from './type.ts';
import { TYPE_NAMES } from './type-names.ts';
import { TypeValue } from './value.ts';

/** The type of a name: a variable's, of the innermost macro first, or a type as a value. */
export function checkIdent(checking: Checking, ident: Ident): Type {
  const name = plain(ident.name);
  const type = checking.variable(name) ?? typeConstant(checking, ident, name);
  return type ?? checking.undeclared(ident.at, ident.name, checking.variableNames());
}

/** The type of a field, unless the whole chain is the name of a variable or a type. */
export function checkSelect(checking: Checking, select: Select): Type {
  const whole = qualified(checking, select);
  if (whole !== null) return whole;
  const operand = checking.substitution.resolve(checking.visit(select.operand));
  const unwrapped = unwrap(operand);
  const type = fieldType(checking, select, unwrapped ?? operand);
  if (select.form === 'has') return bool;
  const field = checking.substitution.resolve(type);
  return unwrapped !== null || select.form === 'optional' ? optional(field) : field;
}

/** What an optional holds; null of any other type. */
export function unwrap(type: Type): Type | null {
  return type.kind === 'opaque' && type.name === 'optional_type' ? (type.parameters[0] ?? dyn) : null;
}

function qualified(checking: Checking, select: Select): Type | null {
  if (select.form !== 'field' || !lastWords(checking.environment).variables.has(select.field)) return null;
  const name = qualifiedNameOf(select);
  if (name === null) return null;
  const type = checking.environment.variables.get(name);
  if (type === undefined) return typeConstant(checking, select, name);
  checking.names.set(select, name);
  return type;
}

function typeConstant(checking: Checking, expr: Ident | Select, name: string): Type | null {
  const type = TYPE_NAMES.get(name) ?? (checking.environment.objects.has(name) ? typeOf(object(name)) : null);
  if (type !== null) checking.constants.set(expr, new TypeValue(name));
  return type;
}

function fieldType(checking: Checking, { at, field }: Select, of: Type): Type {
  switch (of.kind) {
    case 'map':
      return of.value;
    case 'object':
      return of === errorType ? dyn : declaredField(checking, at, field, of.name);
    case 'parameter':
      checking.substitution.assignableOne(dyn, of);
      return dyn;
    case 'dyn':
      return dyn;
    default:
      checking.fail(at, isStruct(of) ? `unexpected failed resolution of '${typeName(of)}'` : noFields(of));
      return isStruct(of) ? errorType : dyn;
  }
}

const noFields = (type: Type): string => `type '${checkedTypeName(type)}' does not support field selection`;

/** The API server declares these as structs that it then does not find. */
const isStruct = (type: Type): boolean => type.kind === 'opaque' && type.name.startsWith('kubernetes.');

function declaredField(checking: Checking, at: number, field: string, struct: string): Type {
  const fields = checking.environment.objects.get(struct);
  if (fields === undefined) return checking.fail(at, `unexpected failed resolution of '${struct}'`);
  return fields.get(field) ?? checking.fail(at, `undefined field '${field}'`, checking.near(field, fields.keys()));
}
