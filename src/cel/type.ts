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

/** As cel-go prints it: `list(int)`, `map(string, dyn)`, `optional_type(string)`, `kubernetes.Quantity`. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeName(type.element)})`;
    case 'map':
      return `map(${typeName(type.key)}, ${typeName(type.value)})`;
    case 'type':
      return `type(${typeName(type.of)})`;
    case 'opaque':
      return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(typeName).join(', ')})`;
    case 'object':
    case 'parameter':
      return type.name;
    case 'timestamp':
    case 'duration':
      return `google.protobuf.${type.kind === 'timestamp' ? 'Timestamp' : 'Duration'}`;
    default:
      return type.kind;
  }
}
