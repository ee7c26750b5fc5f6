import { isDeepStrictEqual } from 'node:util';
import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import type { SerializedIncrementalTestSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { canonical } from './typed.ts';
import type { Typed } from './typed.ts';

/** A case of the suite that needs nothing that Kubernetes' environment lacks. */
export interface Case {
  /** `suite/section/name`, with a number where a name comes twice. */
  readonly path: string;
  readonly expression: string;
  readonly variables: readonly Variable[];
  /** A value as its typed JSON; null: any error. Undefined: only the type is told. */
  readonly expected: Typed | null | undefined;
  /** As `typeName` prints it, where the case tells. */
  readonly type?: string;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly value?: Typed;
}

/** What was made of a case. */
export interface Answer {
  readonly type?: string | undefined;
  readonly value?: Typed | undefined;
  readonly error?: string | undefined;
  readonly compileError?: string | undefined;
}

/** Whether that is what the suite asks for. An expression that should fail may do so before it runs. */
export function isAsExpected({ expected, type }: Case, answer: Answer): boolean {
  if (expected === null) return answer.error !== undefined || answer.compileError !== undefined;
  if (type !== undefined && answer.type !== type) return false;
  return expected === undefined || (answer.value !== undefined && isDeepStrictEqual(canonical(answer.value), canonical(expected)));
}

/** Why the cases of a group do not apply, by what they hold. The first that is found decides. */
export const excluded: readonly { readonly reason: string; readonly when: (group: string, text: string) => boolean }[] = [
  {
    reason: 'messages of protocol buffers: what Kubernetes judges is JSON',
    when: (group, text) =>
      /^(proto2|proto2_ext|proto3|enums|wrappers)$/.test(group) ||
      /TestAllTypes|objectValue|messageType|"container"|Value\{|protobuf\.\w+ ?\{/.test(text),
  },
  {
    reason: 'the extensions math, encoders, bindings and block: not in the environment',
    when: (group) => /^(math|encoders|bindings|block)_ext$/.test(group),
  },
  {
    reason: 'variables of a namespace or with a dot in their name: the environment declares none',
    when: (group, text) => group === 'namespace' || /"name":"\w+\.[\w.]+"/.test(text),
  },
  { reason: 'functions that only the case declares', when: (_group, text) => text.includes('"function"') },
];

interface Original {
  readonly name?: string;
  readonly expr: string;
  readonly typeEnv?: readonly { readonly name: string; readonly ident?: { readonly type: WireType } }[];
  readonly bindings?: Readonly<Record<string, { readonly value: WireValue }>>;
  readonly value?: WireValue;
  readonly evalError?: unknown;
  readonly typedResult?: { readonly result?: WireValue; readonly deducedType: WireType };
}

interface WireType {
  readonly primitive?: string;
  readonly wellKnown?: string;
  readonly null?: null;
  readonly dyn?: object;
  readonly listType?: { readonly elemType: WireType };
  readonly mapType?: { readonly keyType: WireType; readonly valueType: WireType };
  readonly type?: WireType;
  readonly abstractType?: { readonly name: string; readonly parameterTypes?: readonly WireType[] };
}

type WireValue = Readonly<Record<string, unknown>>;

/** The cases that apply, and how many do not, by reason. */
export function conformanceCases(): { readonly cases: readonly Case[]; readonly left: ReadonlyMap<string, number> } {
  const left = new Map<string, number>();
  const cases: Case[] = [];
  const seen = new Map<string, number>();
  for (const { group, path, original } of flatten(tests, [])) {
    const text = JSON.stringify(original);
    const reason = excluded.find(({ when }) => when(group, text))?.reason;
    if (reason !== undefined) left.set(reason, (left.get(reason) ?? 0) + 1);
    else cases.push(readCase(unique(seen, path), original));
  }
  return { cases, left };
}

function flatten(suite: SerializedIncrementalTestSuite, above: readonly string[]): { group: string; path: string; original: Original }[] {
  const inner = (suite.suites ?? []).flatMap((one) => flatten(one, [...above, one.name]));
  const own = (suite.tests ?? []).map((test) => {
    const original = test.original as unknown as Original;
    return { group: above[0] ?? '', path: [...above, original.name ?? original.expr].join('/'), original };
  });
  return [...inner, ...own];
}

function unique(seen: Map<string, number>, path: string): string {
  const times = (seen.get(path) ?? 0) + 1;
  seen.set(path, times);
  return times === 1 ? path : `${path}#${times}`;
}

function readCase(path: string, { expr, typeEnv = [], bindings = {}, value, evalError, typedResult }: Original): Case {
  const variables = typeEnv.map(({ name, ident }): Variable => {
    const bound = bindings[name]?.value;
    return { name, type: readType(ident?.type ?? {}), ...(bound && { value: readValue(bound) }) };
  });
  const result = value ?? typedResult?.result;
  const expected = result === undefined ? (evalError === undefined ? (typedResult ? undefined : { bool: true }) : null) : readValue(result);
  return { path, expression: expr, variables, expected, ...(typedResult && { type: readType(typedResult.deducedType) }) };
}

const primitives: Readonly<Record<string, string>> = {
  INT64: 'int',
  UINT64: 'uint',
  DOUBLE: 'double',
  BOOL: 'bool',
  STRING: 'string',
  BYTES: 'bytes',
};

function readType(type: WireType): string {
  if (type.primitive !== undefined) return primitives[type.primitive] ?? type.primitive;
  if (type.wellKnown !== undefined) return `google.protobuf.${type.wellKnown === 'DURATION' ? 'Duration' : 'Timestamp'}`;
  if (type.null !== undefined) return 'null_type';
  if (type.listType) return `list(${readType(type.listType.elemType)})`;
  if (type.mapType) return `map(${readType(type.mapType.keyType)}, ${readType(type.mapType.valueType)})`;
  if (type.type) return `type(${readType(type.type)})`;
  if (type.abstractType) return `${type.abstractType.name}(${(type.abstractType.parameterTypes ?? []).map(readType).join(', ')})`;
  return 'dyn';
}

const kinds: Readonly<Record<string, string>> = {
  int64Value: 'int', uint64Value: 'uint', doubleValue: 'double', stringValue: 'string', bytesValue: 'bytes', boolValue: 'bool', typeValue: 'type',
}; // prettier-ignore

function readValue(wire: WireValue): Typed {
  const [kind = '', value] = Object.entries(wire)[0] ?? [];
  if (kind === 'nullValue') return { null: true };
  if (kind === 'listValue') return { list: ((value as { values?: WireValue[] }).values ?? []).map(readValue) };
  if (kind === 'mapValue')
    return {
      map: ((value as { entries?: { key: WireValue; value: WireValue }[] }).entries ?? []).map((entry) => [
        readValue(entry.key),
        readValue(entry.value),
      ]),
    };
  return { [kinds[kind] ?? kind]: typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : value };
}
