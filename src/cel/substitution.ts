import { dyn, list, map, opaque, parameter, typeOf } from './type.ts';
import type { Type } from './type.ts';

/** The type of what does not type-check: it goes with everything, so that one fault is told once. */
export const errorType: Type = { kind: 'object', name: '!error!' };

/** What the open types of an expression stand for, as cel-go's checker finds out from one use after another. */
export class Substitution {
  readonly #bound = new Map<Type, Type>();
  /** What was bound before, newest last, to go back to where a match fails half way. */
  readonly #trail: (readonly [open: Type, before: Type | undefined])[] = [];
  #opened = 0;

  /** A type not known yet. */
  open(): Type {
    return parameter(`_var${this.#opened++}`);
  }

  /** Whether a value of each type may be passed where the other is declared; binds what is open. */
  assignable(from: readonly Type[], to: readonly Type[]): boolean {
    const mark = this.#trail.length;
    if (from.length === to.length && from.every((type, at) => this.#fits(type, to[at] ?? errorType))) return true;
    while (this.#trail.length > mark) this.#undo();
    return false;
  }

  assignableOne(from: Type, to: Type): boolean {
    if (from === to) return true;
    return this.assignable([from], [to]);
  }

  /** The more general of two types that match; null of others. */
  join(one: Type, other: Type): Type | null {
    if (!this.assignableOne(one, other)) return null;
    return isLessSpecific(one, other) ? one : other;
  }

  /** The type with what is bound put in; what is not is dyn in the end. */
  resolve(type: Type, end = false): Type {
    if (!isOpen(type)) return type;
    const bound = type.kind === 'parameter' ? this.#bound.get(type) : undefined;
    if (bound !== undefined) return this.resolve(bound, end);
    switch (type.kind) {
      case 'parameter':
        return end ? dyn : type;
      case 'list':
        return list(this.resolve(type.element, end));
      case 'map':
        return map(this.resolve(type.key, end), this.resolve(type.value, end));
      case 'type':
        return typeOf(this.resolve(type.of, end));
      case 'opaque':
        return type.parameters.length === 0 ? type : opaque(type.name, ...type.parameters.map((each) => this.resolve(each, end)));
      default:
        return type;
    }
  }

  #undo(): void {
    const [open, before] = this.#trail.pop() ?? [];
    if (open === undefined) return;
    if (before === undefined) this.#bound.delete(open);
    else this.#bound.set(open, before);
  }

  #bind(open: Type, to: Type): void {
    this.#trail.push([open, this.#bound.get(open)]);
    this.#bound.set(open, to);
  }

  #fits(from: Type, to: Type): boolean {
    if (to.kind === 'parameter') {
      const stands = this.#standsFor(from, to);
      if (stands !== 'no') return stands === 'yes';
    }
    if (from.kind === 'parameter') return this.#standsFor(to, from) === 'yes';
    if (isLoose(from) || isLoose(to)) return true;
    if (from.kind === 'null' || to.kind === 'null') return isNullable(from) && isNullable(to);
    return from.kind === to.kind && this.#fitsInside(from, to);
  }

  #fitsInside(from: Type, to: Type): boolean {
    if (from.kind === 'type') return true;
    if (nameOf(from) !== nameOf(to)) return false;
    const [inner, outer] = [parametersOf(from), parametersOf(to)];
    return inner.length === outer.length && inner.every((type, at) => this.#fits(type, outer[at] ?? errorType));
  }

  /** Whether an open type stands for a type; `no`: it cannot be told from this side, `never`: it stands for another. */
  #standsFor(type: Type, open: Type): 'yes' | 'no' | 'never' {
    if (type === open) return 'yes';
    const bound = this.#bound.get(open);
    if (bound === undefined) {
      if (this.#occurs(open, type)) return 'no';
      this.#bind(open, type);
      return 'yes';
    }
    if (sameType(type, bound)) return 'yes';
    if (!this.#fits(type, bound)) return 'never';
    const general = isLessSpecific(type, bound) ? type : bound;
    if (!this.#occurs(open, general)) this.#bind(open, general);
    return 'yes';
  }

  /** Whether an open type is part of a type, which it then cannot stand for. */
  #occurs(open: Type, within: Type): boolean {
    if (open === within) return true;
    if (within.kind !== 'parameter') return parametersOf(within).some((each) => this.#occurs(open, each));
    const bound = this.#bound.get(within);
    return bound !== undefined && this.#occurs(open, bound);
  }
}

/** Whether two types are the same, whatever their open parts are named. */
export function sameType(one: Type, other: Type): boolean {
  if (one === other) return true;
  if (one.kind !== other.kind || nameOf(one) !== nameOf(other)) return false;
  const [ones, others] = [parametersOf(one), parametersOf(other)];
  return ones.length === others.length && ones.every((type, at) => sameType(type, others[at] ?? errorType));
}

/** The types that a type is made of. */
export function parametersOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case 'list':
      return [type.element];
    case 'map':
      return [type.key, type.value];
    case 'type':
      return [type.of];
    case 'opaque':
      return type.parameters;
    default:
      return NONE;
  }
}

/** Whether a declared type depends on how it is used. */
export const isOpen = (type: Type): boolean => type.kind === 'parameter' || parametersOf(type).some(isOpen);

const NONE: readonly Type[] = [];

const nameOf = (type: Type): string => ('name' in type ? type.name : '');
const isLoose = (type: Type): boolean => type.kind === 'dyn' || type === errorType;

/** Whether null goes for a value of the type: of structs, timestamps and durations only. */
const isNullable = ({ kind }: Type): boolean =>
  kind === 'null' || kind === 'opaque' || kind === 'object' || kind === 'timestamp' || kind === 'duration';

/** Whether the first type says no more than the second; of two that match. */
function isLessSpecific(one: Type, other: Type): boolean {
  if (one.kind === 'dyn' || one.kind === 'parameter') return true;
  if (other.kind === 'dyn' || other.kind === 'parameter') return false;
  if (one.kind !== other.kind || nameOf(one) !== nameOf(other)) return false;
  if (one.kind === 'type') return true;
  const [ones, others] = [parametersOf(one), parametersOf(other)];
  return ones.length === others.length && ones.every((type, at) => isLessSpecific(type, others[at] ?? errorType));
}
