import type { Call, Expr, ListExpr, MapExpr } from './ast.ts';
import type { Environment } from './environment.ts';
import type { Overload } from './function.ts';
import type { Issue } from './issue.ts';
import { nearestWord } from '../kube/nearest-word.ts';
import { errorType, Substitution } from './substitution.ts';
import { checkedTypeName } from './type.ts';
import type { Type } from './type.ts';
import { TYPE_NAMES } from './type-names.ts';
import type { Value } from './value.ts';

const MAX_HINTS = 20;

type Variable = readonly [name: string, type: Type];

/** What the checker knows so far of one expression. */
export class Checking {
  readonly environment: Environment;
  /** Checks an expression and gives its type, open parts and all. */
  readonly visit: (expr: Expr) => Type;
  readonly substitution = new Substitution();
  readonly types = new Map<Expr, Type>();
  readonly overloads = new Map<Call, readonly Overload[]>();
  readonly names = new Map<Expr, string>();
  readonly constants = new Map<Expr, Value>();
  readonly issues: Issue[] = [];
  /** Literals whose members must be of one type: all but those given to `format`. */
  readonly literals: (ListExpr | MapExpr)[] = [];
  #formats = 0;
  /** Variables of the macros around, innermost last. */
  readonly #scope: Variable[] = [];

  constructor(environment: Environment, visit: (checking: Checking, expr: Expr) => Type) {
    this.environment = environment;
    this.visit = (expr) => {
      const type = visit(this, expr);
      this.types.set(expr, type);
      return type;
    };
  }

  /** Type of an expression that was visited. */
  readonly typeOf = (expr: Expr): Type => this.types.get(expr) ?? errorType;

  /** Notes a literal, unless it is somewhere in an argument of `format`. */
  literal(expr: ListExpr | MapExpr): void {
    if (this.#formats === 0) this.literals.push(expr);
  }

  /** The type of the argument of a call. */
  argument(call: Call, expr: Expr): Type {
    if (call.name !== 'format') return this.visit(expr);
    this.#formats++;
    const type = this.visit(expr);
    this.#formats--;
    return type;
  }

  /** What is asked within, with the variables known. */
  within<T>(variables: readonly Variable[], ask: () => T): T {
    const known = this.#scope.length;
    this.#scope.push(...variables);
    const answer = ask();
    this.#scope.length = known;
    return answer;
  }

  /** Type of a variable, innermost first. */
  variable(name: string): Type | undefined {
    for (let at = this.#scope.length - 1; at >= 0; at--) {
      const [known, type] = this.#scope[at] ?? [];
      if (known === name) return type;
    }
    return this.environment.variables.get(name);
  }

  /** Notes an issue; the expression then goes with everything. */
  fail(at: number, message: string, hint?: string | null): Type {
    this.issues.push(hint === undefined || hint === null ? { at, message } : { at, message, hint });
    return errorType;
  }

  undeclared(at: number, name: string, known: Iterable<string>): Type {
    return this.fail(at, `undeclared reference to '${name}' (in container '')`, this.near(name, known));
  }

  /** The known name that may be meant; looked for a few times only, since an expression may have thousands of issues. */
  near(name: string, known: Iterable<string>): string | null {
    return this.issues.length < MAX_HINTS ? nearestWord(name, known) : null;
  }

  mismatch(at: number, expected: Type, found: Type): Type {
    return this.fail(at, `expected type '${this.spell(expected)}' but found '${this.spell(found)}'`);
  }

  /** A type as errors spell it, with what is bound put in. */
  spell(type: Type): string {
    return checkedTypeName(this.substitution.resolve(type));
  }

  /** Every name of a variable or a type that may stand here. */
  *variableNames(): Iterable<string> {
    for (const [name] of this.#scope) yield name;
    yield* this.environment.variables.keys();
    yield* TYPE_NAMES.keys();
  }
}
