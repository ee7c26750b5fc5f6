/** A static type of the checker. */
export type Type =
  | { readonly kind: Primitive }
  | { readonly kind: 'list'; readonly element: Type }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  | { readonly kind: 'type'; readonly of: Type }
  /** A type that only its own functions know: `kubernetes.Quantity`, `net.IP`; `optional_type` has one parameter. */
  | { readonly kind: 'opaque'; readonly name: string; readonly parameters: readonly Type[] }
  /** A struct whose fields the environment declares. */
  | { readonly kind: 'object'; readonly name: string }
  /** A type parameter of an overload: `A` of `list(A)`. */
  | { readonly kind: 'parameter'; readonly name: string };

export type Primitive = 'dyn' | 'null' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'timestamp' | 'duration';

export const dyn: Type = { kind: 'dyn' };
export const nullType: Type = { kind: 'null' };
export const bool: Type = { kind: 'bool' };
export const int: Type = { kind: 'int' };
export const uint: Type = { kind: 'uint' };
export const double: Type = { kind: 'double' };
export const string: Type = { kind: 'string' };
export const bytes: Type = { kind: 'bytes' };
export const timestamp: Type = { kind: 'timestamp' };
export const duration: Type = { kind: 'duration' };

export const list = (element: Type): Type => ({ kind: 'list', element });
export const map = (key: Type, value: Type): Type => ({ kind: 'map', key, value });
export const typeOf = (of: Type): Type => ({ kind: 'type', of });
export const opaque = (name: string, ...parameters: Type[]): Type => ({ kind: 'opaque', name, parameters });
export const optional = (of: Type): Type => opaque('optional_type', of);
export const object = (name: string): Type => ({ kind: 'object', name });
export const parameter = (name: string): Type => ({ kind: 'parameter', name });

/** As cel-go prints the type of a whole expression: `list(int)`, `optional_type(string)`, `null_type`, `google.protobuf.Duration`. */
export const typeName = (type: Type): string => spell(type, RUNTIME_NAMES);

/** As cel-go prints a type in an error of its checker, where it has short names: `null`, `duration`. */
export const checkedTypeName = (type: Type): string => spell(type, {});

type Names = Readonly<Partial<Record<Primitive, string>>>;

const RUNTIME_NAMES: Names = { null: 'null_type', timestamp: 'google.protobuf.Timestamp', duration: 'google.protobuf.Duration' };

function spell(type: Type, names: Names): string {
  switch (type.kind) {
    case 'list':
      return `list(${spell(type.element, names)})`;
    case 'map':
      return `map(${spell(type.key, names)}, ${spell(type.value, names)})`;
    case 'type':
      return `type(${spell(type.of, names)})`;
    case 'opaque':
      if (type.parameters.length === 0) return type.name;
      return `${type.name}(${type.parameters.map((each) => spell(each, names)).join(', ')})`;
    case 'object':
    case 'parameter':
      return type.name;
    default:
      return names[type.kind] ?? type.kind;
  }
}
