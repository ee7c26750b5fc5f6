import { Environment as Yardstick } from '@marcbachmann/cel-js';
import { compile } from '../../src/cel/compile.ts';
import { Meter } from '../../src/cel/meter.ts';
import type { Bindings, Program } from '../../src/cel/program.ts';
import { admissionPolicyEnvironment } from '../../src/policy/upstream/environments.ts';
import type { Effort, Measured } from './measure.ts';
import { allowedReview } from './reviews.ts';
import { median } from './statistics.ts';

/** What policies say most: of a pod of three containers, as the admission review of the other measurements has it. */
const expressions: readonly (readonly [what: string, expression: string])[] = [
  ['all containers run as non-root', 'object.spec.containers.all(c, has(c.securityContext) && has(c.securityContext.runAsNonRoot) && c.securityContext.runAsNonRoot == true)'],
  ['a field that may be absent', '!has(object.spec.replicas) || object.spec.replicas <= 5'],
  ['parts of image names', "object.spec.containers.all(c, c.image.startsWith('registry.') && !c.image.endsWith(':latest') && !c.image.contains(' '))"],
  ['capabilities in a list', "object.spec.containers.all(c, c.securityContext.capabilities.add.all(x, x in ['NET_BIND_SERVICE', 'CHOWN']))"],
  ['labels, operation and old object', "object.metadata.labels.team.matches('^[a-z][a-z0-9-]*$') && request.operation == 'UPDATE' && oldObject.metadata.name == object.metadata.name"],
]; // prettier-ignore

const review = allowedReview as { readonly request: { readonly object: Pod } & Record<string, unknown> };
interface Pod {
  readonly metadata: { readonly labels: object };
  readonly spec: { readonly containers: readonly object[] };
}

const BUDGET = 1_000_000;
const TIMES = 20_000;

/** Microseconds of one evaluation against those of the fastest CEL there is for JavaScript, which counts no cost; and of one compilation. */
export function cel(_place: unknown, { rounds }: Effort): Measured[] {
  const bindings = makeBindings();
  return [...expressions.map(([what, expression]) => evaluation(what, expression, bindings, rounds)), compilation(rounds)];
}

function evaluation(what: string, expression: string, bindings: Bindings, rounds: number): Measured {
  const program = compiled(expression);
  const yardstick = new Yardstick({ unlistedVariablesAreDyn: true }).parse(expression);
  const ours = (): unknown => program.evaluate(bindings, new Meter(BUDGET));
  const theirs = (): unknown => yardstick(bindings);
  if (ours() !== true || theirs() !== true) throw new Error(`${expression} is not true`);
  const pairs = Array.from({ length: rounds + 1 }, () => [time(ours), time(theirs)] as const).slice(1);
  const [mine, other] = [median(pairs.map(([one]) => one)), median(pairs.map(([, two]) => two))];
  const note = `${mine.toFixed(2)} µs against ${other.toFixed(2)} µs; ours counts its cost; medians`;
  return { what: `CEL: ${what}`, value: mine / other, unit: 'x cel-js', budget: { most: 1 }, note };
}

function compilation(rounds: number): Measured {
  const values = Array.from({ length: rounds + 1 }, () => time(compileAll, TIMES / 20) / expressions.length).slice(1);
  return {
    what: 'CEL: compile',
    value: median(values),
    unit: 'µs',
    budget: { most: 50 },
    note: 'mean of the five expressions, parsed, checked and planned; median',
  };
}

const compileAll = (): void => expressions.forEach(([, expression]) => compiled(expression));

function compiled(expression: string): Program {
  const result = compile(expression, environment);
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('\n'));
  return result.program;
}

const environment = admissionPolicyEnvironment(false)({ variables: new Map(), authorizer: true });

/** The review's pod, with what the expressions ask of it, as the object of an UPDATE. */
function makeBindings(): Bindings {
  const { object, ...request } = review.request;
  const containers = object.spec.containers.map((container) => ({
    ...container,
    securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
  }));
  const pod = {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, team: 'checkout' } },
    spec: { ...object.spec, containers },
  };
  return { object: pod, oldObject: pod, request: { ...request, operation: 'UPDATE' } };
}

/** Microseconds a call. */
function time(work: () => unknown, times = TIMES): number {
  const start = performance.now();
  for (let index = 0; index < times; index++) work();
  return ((performance.now() - start) * 1000) / times;
}
