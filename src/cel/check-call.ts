import type { Call, Expr } from './ast.ts';
import type { Checking } from './checking.ts';
import type { Overload } from './function.ts';
import { MACRO_NAMES } from './macros.ts';
import { lastWords, plain, qualifiedNameOf } from './qualified.ts';
import { errorType, isOpen, sameType } from './substitution.ts';
import type { Substitution } from './substitution.ts';
import { SIGNATURES } from './signatures.ts';
import type { Signature } from './signatures.ts';
import { bool, dyn, list, map, opaque, typeOf } from './type.ts';
import type { Type } from './type.ts';

/** The type of a call, by the overloads that may apply: the first decides, unless another would give another type. */
export function checkCall(checking: Checking, call: Call): Type {
  const given = call.args.map((arg) => checking.argument(call, arg));
  const { functions } = checking.environment;
  const qualified = call.target === null ? plain(call.name) : qualifiedFunction(checking, call, call.target);
  if (qualified !== null) {
    const known = functions.get(qualified) ?? SIGNATURES.get(qualified);
    if (known === undefined) return undeclared(checking, call);
    return resolveCall(checking, call, { name: qualified, known, member: false, given });
  }
  const receiver = call.target === null ? errorType : checking.argument(call, call.target);
  const known = functions.get(call.name);
  if (known === undefined) return undeclared(checking, call);
  return resolveCall(checking, call, { name: call.name, known, member: true, given: [receiver, ...given] });
}

/** What is called: a name, its overloads and the types of the arguments, the receiver first. */
export interface Applied {
  readonly name: string;
  readonly known: readonly Signature[];
  readonly member: boolean;
  readonly given: readonly Type[];
}

/** The type that an application gives and the overloads that it may be; notes an issue where there is none. */
export function resolve(checking: Checking, at: number, applied: Applied): { type: Type; found: readonly Signature[] } {
  const { substitution } = checking;
  const found: Signature[] = [];
  let type: Type | null = null;
  for (const signature of applied.known) {
    if (signature.member !== applied.member || !mayFit(applied.given, signature.args)) continue;
    const { args, result } = instance(substitution, signature);
    if (!substitution.assignable(applied.given, args)) continue;
    found.push(signature);
    const given = substitution.resolve(result);
    if (type === null) type = given;
    else if (type.kind !== 'dyn' && !sameType(given, type)) type = dyn;
  }
  return { type: type ?? noOverload(checking, at, applied), found };
}

function resolveCall(checking: Checking, call: Call, applied: Applied): Type {
  if (applied.name === '_&&_' || applied.name === '_||_') return checkLogic(checking, call, applied);
  const { type, found } = resolve(checking, call.at, applied);
  checking.overloads.set(call, found.filter(isOverload));
  return type;
}

function checkLogic(checking: Checking, call: Call, { given, known }: Applied): Type {
  const wrong = given.flatMap((type, at) => (checking.substitution.assignableOne(type, bool) ? [] : [call.args[at]]));
  for (const arg of wrong) if (arg !== undefined) checking.mismatch(arg.at, bool, checking.typeOf(arg));
  checking.overloads.set(call, known.filter(isOverload));
  return wrong.length === 0 ? bool : errorType;
}

const isOverload = (signature: Signature): signature is Overload => 'evaluate' in signature;

function qualifiedFunction(checking: Checking, call: Call, target: Expr): string | null {
  if (!lastWords(checking.environment).functions.has(call.name)) return null;
  const prefix = qualifiedNameOf(target);
  if (prefix === null) return null;
  const name = `${prefix}.${call.name}`;
  return checking.environment.functions.has(name) ? name : null;
}

function undeclared(checking: Checking, { at, name }: Call): Type {
  return checking.undeclared(at, name, callable(checking));
}

/** Every name that may be called as it is written; operators may not. */
function* callable({ environment }: Checking): Iterable<string> {
  yield* MACRO_NAMES;
  for (const name of environment.functions.keys()) if (/^[a-z]/i.test(name)) yield name;
}

function noOverload(checking: Checking, at: number, { name, member, given }: Applied): Type {
  const types = given.map((type) => checking.spell(checking.substitution.resolve(type, true)));
  const receiver = member ? `${types.shift() ?? ''}.` : '';
  return checking.fail(at, `found no matching overload for '${name}' applied to '${receiver}(${types.join(', ')})'`);
}

/** Whether kinds alone do not rule it out: most overloads go this way, before anything is bound. */
function mayFit(given: readonly Type[], declared: readonly Type[]): boolean {
  if (given.length !== declared.length) return false;
  for (let at = 0; at < given.length; at++) {
    const from = given[at] ?? dyn;
    const to = declared[at] ?? dyn;
    if (from.kind !== to.kind && from !== errorType && !WILD.has(from.kind) && !WILD.has(to.kind)) return false;
  }
  return true;
}

const WILD: ReadonlySet<Type['kind']> = new Set<Type['kind']>(['dyn', 'null', 'parameter']);

/** A signature with types of its own for its parameters. */
function instance(substitution: Substitution, { args, result }: Signature): { args: readonly Type[]; result: Type } {
  if (!isOpen(result) && !args.some(isOpen)) return { args, result };
  const opened = new Map<string, Type>();
  const open = (type: Type): Type => renamed(type, opened, substitution);
  return { args: args.map(open), result: open(result) };
}

function renamed(type: Type, opened: Map<string, Type>, substitution: Substitution): Type {
  const again = (part: Type): Type => renamed(part, opened, substitution);
  switch (type.kind) {
    case 'parameter': {
      const made = opened.get(type.name) ?? substitution.open();
      opened.set(type.name, made);
      return made;
    }
    case 'list':
      return list(again(type.element));
    case 'map':
      return map(again(type.key), again(type.value));
    case 'type':
      return typeOf(again(type.of));
    case 'opaque':
      return type.parameters.length === 0 ? type : opaque(type.name, ...type.parameters.map(again));
    default:
      return type;
  }
}
