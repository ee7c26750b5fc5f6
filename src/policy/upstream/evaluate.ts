import type { Program, Bindings } from '../../cel/program.ts';
import { Meter } from '../../cel/meter.ts';
import { LazyVariables } from '../../cel/lazy-variables.ts';
import type { Value } from '../../cel/value.ts';
import { CelError, isError } from '../../cel/value.ts';
import { redactSecret } from '../redact-secret.ts';
import type { Steps } from '../steps.ts';
import { atOnce } from '../steps.ts';
import type { CompiledValidation, RuleProgram } from './program.ts';

/** Limits of the API server, in cel-go's units. */
const PER_EXPRESSION = 1_000_000;
const CONDITIONS = 2_500_000;
const VALIDATIONS = 10_000_000;
const ANNOTATIONS = 10_000_000;
const MAX_MESSAGE = 5120;

const SPENT = 'validation failed due to running out of cost budget, no further validation rules will be run';

/** Nobody was there to ask, or nobody answered in time. */
const UNASKED = 'only the API server knows who may do what, and it was not asked';

/** What the expressions of a policy come to. */
export interface Outcome {
  /** A condition does not hold: the policy has nothing to say. */
  readonly skipped: boolean;
  readonly decisions: readonly Decision[];
  /** Audit annotations that were made. */
  readonly annotations: ReadonlyMap<string, string>;
}

/** A validation that does not hold, or an expression that failed. */
export interface Decision {
  readonly rule: string;
  readonly message: string;
  readonly path: string;
  /** `violation`: it is false. `error`: it cannot be told. `direct`: it cannot be told, and no action softens that. */
  readonly kind: 'violation' | 'error' | 'direct';
}

/** What the expressions see; conditions see no namespace. */
export interface Given {
  readonly bindings: Bindings;
  readonly failurePolicy: 'Fail' | 'Ignore';
}

/** Evaluates in the order, and with the budgets, of the API server's own evaluator. Total. */
export const evaluateProgram = (program: RuleProgram, given: Given): Outcome => atOnce(evaluationOf(program, given));

/** The same, an expression a step. */
export function* evaluationOf(program: RuleProgram, given: Given): Steps<Outcome> {
  const conditions = yield* byConditions(program, given);
  if (conditions === 'skip') return nothing;
  if (conditions !== 'hold') return { skipped: false, decisions: errors(program, given, conditions.fault), annotations: none };
  const stage = new Stage(program, given.bindings, VALIDATIONS);
  const results: Value[] = [];
  for (const validation of program.validations) {
    results.push(stage.run(validation.program));
    yield;
  }
  if (stage.spent) return { skipped: false, decisions: errors(program, given, SPENT), annotations: none };
  // Most policies make no text of the object, and most that do have nothing to say.
  const told = program.makesTexts ? redacted(given.bindings) : given.bindings;
  const judged = yield* decide(program, given, results, new Stage(program, told, stage.left));
  return yield* annotated(program, given, judged, new Stage(program, told, ANNOTATIONS));
}

/** What is said of an object reaches terminals and logs. */
export function redacted(bindings: Bindings): Bindings {
  const { object, oldObject, params } = bindings;
  const hidden = { object: redactSecret(object), oldObject: redactSecret(oldObject) };
  return { ...bindings, ...hidden, ...(params !== undefined && { params: redactSecret(params) }) };
}

const none: ReadonlyMap<string, string> = new Map();
const nothing: Outcome = { skipped: true, decisions: [], annotations: none };

/** Whether all hold, or why one of them cannot be told. The first that is false wins over errors before it. */
function* byConditions(program: RuleProgram, given: Given): Steps<'hold' | 'skip' | { readonly fault: string }> {
  if (program.conditions.length === 0) return 'hold';
  const stage = new Stage(program, { ...given.bindings, namespaceObject: null }, CONDITIONS);
  const faults: string[] = [];
  for (const condition of program.conditions) {
    const result = stage.run(condition);
    yield;
    if (result === false) return 'skip';
    if (stage.spent) return given.failurePolicy === 'Ignore' ? 'skip' : { fault: SPENT };
    if (isError(result)) faults.push(failed(condition, result));
  }
  if (faults.length === 0) return 'hold';
  if (given.failurePolicy === 'Ignore') return 'skip';
  return { fault: faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]` };
}

/** One decision for the whole policy, where its failure policy refuses. */
const errors = (program: RuleProgram, { failurePolicy }: Given, message: string): Decision[] =>
  failurePolicy === 'Ignore' && !program.style.errorsCount ? [] : [{ rule: 'matchConditions', message, path: '', kind: 'error' }];

function* decide(program: RuleProgram, given: Given, results: readonly Value[], messages: Stage): Steps<Decision[]> {
  const texts: Value[] = [];
  for (const { messageProgram } of program.validations) {
    texts.push(messageProgram === null ? null : messages.run(messageProgram));
    if (messageProgram !== null) yield;
  }
  const heeded = given.failurePolicy === 'Fail' || program.style.errorsCount;
  // Messages of those that passed are evaluated too, and spend the same budget.
  if (messages.spent) return heeded ? program.validations.map((validation) => spentMessage(validation)) : [];
  const decisions: Decision[] = [];
  program.validations.forEach((validation, index) => {
    const result = results[index] ?? null;
    if (result === true || (program.style.firstOnly && isError(result) && decisions.length > 0)) return;
    const { rule, path, program: judged } = validation;
    const message = messageOf(program, validation, index, texts[index] ?? null);
    if (!isError(result)) decisions.push({ rule, path: placeOf(program, given, validation), kind: 'violation', message });
    else if (heeded) decisions.push({ rule, path, kind: 'error', message: failed(judged, result) });
  });
  return decisions;
}

/** The first element at fault, where that can be told. It is told for the reader alone, so it spends no budget of the policy. */
function placeOf(program: RuleProgram, { bindings }: Given, { path, element }: CompiledValidation): string {
  if (element === null) return path;
  return element.pathIn(new Stage(program, bindings, PER_EXPRESSION).run(element.program)) ?? path;
}

const spentMessage = ({ rule, path }: CompiledValidation): Decision => ({
  rule,
  path,
  kind: 'error',
  message: `failed messageExpression: ${SPENT}`,
});

function messageOf({ style }: RuleProgram, { message, program }: CompiledValidation, index: number, made: Value): string {
  const text = typeof made === 'string' ? trimmed(made) : '';
  if (text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MAX_MESSAGE) return text;
  return trimmed(message) || style.fallback(trimmed(program.source), index);
}

function* annotated(program: RuleProgram, given: Given, decisions: readonly Decision[], stage: Stage): Steps<Outcome> {
  const annotations = new Map<string, string>();
  const faults: Decision[] = [];
  for (const { key, program: annotation } of program.annotations) {
    const result = stage.run(annotation);
    yield;
    if (stage.spent) return { skipped: false, decisions: errors(program, given, SPENT), annotations: none };
    if (isError(result) && given.failurePolicy === 'Fail')
      faults.push({ rule: 'auditAnnotations', message: failed(annotation, result), path: '', kind: 'direct' });
    if (typeof result === 'string' && trimmed(result) !== '') annotations.set(key, trimmed(result));
  }
  return { skipped: false, decisions: [...decisions, ...faults], annotations };
}

const failed = ({ source }: Program, { message, code }: CelError): string =>
  `expression '${source}' resulted in error: ${code === 'Pending' ? UNASKED : message}`;

/** Unicode's White_Space, which a byte order mark is none of. */
const trimmed = (text: string): string => text.replaceAll(/^\p{White_Space}+|\p{White_Space}+$/gu, '');

/** Expressions that share a budget and the variables that they have worked out. */
class Stage {
  readonly #variables: LazyVariables;
  left: number;

  constructor({ variables }: RuleProgram, bindings: Bindings, budget: number) {
    this.left = budget;
    const charge = (units: number): void => void (this.left -= units);
    this.#variables = new LazyVariables(variables, bindings, () => new Meter(PER_EXPRESSION), charge);
  }

  get spent(): boolean {
    return this.left < 0;
  }

  run(program: Pick<Program, 'evaluate'>): Value {
    if (this.spent) return new CelError(SPENT, 'Spent');
    const meter = new Meter(PER_EXPRESSION);
    const result = program.evaluate(this.#variables.bindings, meter);
    this.left -= meter.cost;
    return result;
  }
}
