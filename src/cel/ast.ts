import type { Value } from './value.ts';

/** An expression as the parser leaves it. `at` is the offset of its operator or first character in the source, in UTF-16 units. */
export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Comprehension;

export interface Literal {
  readonly kind: 'literal';
  readonly at: number;
  readonly value: Value;
}

export interface Ident {
  readonly kind: 'ident';
  readonly at: number;
  /** With a leading dot where the source has one: it is told in errors, and means nothing else here. */
  readonly name: string;
}

/** `operand.field`, `operand.?field` and, of the macro `has`, the test whether the field is there. */
export interface Select {
  readonly kind: 'select';
  readonly at: number;
  readonly operand: Expr;
  readonly field: string;
  readonly form: 'field' | 'optional' | 'has';
}

/** A call under cel-go's own names for operators: `_+_`, `_&&_`, `_?_:_`, `!_`, `-_`, `@in`, `_[_]`, `_[?_]`. */
export interface Call {
  readonly kind: 'call';
  readonly at: number;
  readonly name: string;
  /** Receiver of a member call; null of a global one. A dotted global (`ip.isCanonical`) still has its receiver: the checker resolves it. */
  readonly target: Expr | null;
  readonly args: readonly Expr[];
}

export interface ListExpr {
  readonly kind: 'list';
  readonly at: number;
  readonly items: readonly { readonly value: Expr; readonly optional: boolean }[];
}

export interface MapExpr {
  readonly kind: 'map';
  readonly at: number;
  readonly entries: readonly { readonly key: Expr; readonly value: Expr; readonly optional: boolean }[];
}

/** `Name{field: value}`: parsed, so that the refusal can say what it is; no environment here has a message type. */
export interface StructExpr {
  readonly kind: 'struct';
  readonly at: number;
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly value: Expr; readonly optional: boolean }[];
}

/** A macro over a list or a map. `has` is a select, `optMap` and `optFlatMap` are macros over an optional. */
export interface Comprehension {
  readonly kind: 'comprehension';
  readonly at: number;
  readonly macro: Macro;
  readonly range: Expr;
  /** One name, or two: index and element of a list, key and value of a map. */
  readonly variables: readonly string[];
  /** `map` and `transform*` with a filter have the filter first: `[filter, expr]`. */
  readonly args: readonly Expr[];
}

export type Macro =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'
  | 'optMap'
  | 'optFlatMap'
  | 'sortBy';
