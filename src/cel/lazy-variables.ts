import type { Meter } from './meter.ts';
import type { Bindings, Program } from './program.ts';
import { CelError, isError } from './value.ts';
import type { Fields, Value } from './value.ts';

/** A variable that does not compile: whoever asks for it gets an error. */
export interface Broken {
  readonly fault: string;
}

/**
 * The variables of a policy for one stage: each is worked out when it is first asked for, and remembered, also where it failed.
 * Each has a budget of its own; what it cost is told to `charge`, and not to the expression that asked.
 */
export class LazyVariables implements Fields {
  readonly #programs: ReadonlyMap<string, Program | Broken>;
  readonly #bindings: Bindings;
  readonly #newMeter: () => Meter;
  readonly #charge: (units: number) => void;
  readonly #known = new Map<string, Value>();

  constructor(programs: ReadonlyMap<string, Program | Broken>, bindings: Bindings, newMeter: () => Meter, charge: (units: number) => void) {
    this.#programs = programs;
    this.#bindings = { ...bindings, variables: this };
    this.#newMeter = newMeter;
    this.#charge = charge;
  }

  /** The bindings that the programs of the stage are to be given: those of the start, and these variables. */
  get bindings(): Bindings {
    return this.#bindings;
  }

  field(asked: string): Value | undefined {
    const name = unescaped(asked);
    const known = this.#known.get(name);
    const program = this.#programs.get(name);
    if (known !== undefined || program === undefined) return known;
    const value = this.#evaluate(name, program);
    this.#known.set(name, value);
    return value;
  }

  #evaluate(name: string, program: Program | Broken): Value {
    if ('fault' in program) return new CelError(`composited variable "${name}" fails to compile: ${program.fault}`);
    const meter = this.#newMeter();
    const value = program.evaluate(this.#bindings, meter);
    this.#charge(meter.cost);
    if (!isError(value)) return value;
    // Whoever waits for a fact must hear of it; a spent budget is an error of the variable only.
    return new CelError(`composited variable "${name}" fails to evaluate: ${value.message}`, value.code === 'Pending' ? 'Pending' : null);
  }
}

/** The API server takes names apart here as in schemas of objects: one that looks like an escape is out of reach. */
function unescaped(name: string): string {
  return name.replaceAll(/__([^_]+)__/g, (_, escape: string) => (escape === 'underscores' ? '__' : '.'));
}
