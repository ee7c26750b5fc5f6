import type { ExpressionFault } from './program.ts';

/** Names of Kyverno that stand for something which judging here does not do, and why. */
const refused: Readonly<Record<string, string>> = {
  http: 'it sends requests to other servers',
  resource: 'it reads and writes objects of a cluster',
  globalContext: 'it reads what Kyverno fetched from a cluster or another server',
  image: 'it asks a registry',
  images: 'only ImageValidatingPolicy has it',
  generator: 'it makes objects',
  random: 'one and the same object would be judged this way and that',
  x509: 'certificates are not read',
  gzip: 'a small text can become a large one',
  cel: 'cel.bind is not supported; use a variable',
  envoy: 'it belongs to another mode of evaluation',
  jwt: 'it belongs to another mode of evaluation',
};

const undeclared = /^undeclared reference to '([^']+)'/;

/** The faults of expressions, with what no expression may use here named once, by its reason. What it drags along is left out. */
export function namingLibraries(faults: readonly ExpressionFault[]): ExpressionFault[] {
  const byPath = Map.groupBy(faults, ({ path }) => path);
  return [...byPath.values()].flatMap((ofPath) => {
    const named = ofPath.flatMap((fault) => {
      const name = undeclared.exec(fault.message)?.[1]?.split('.')[0] ?? '';
      const why = Object.hasOwn(refused, name) ? refused[name] : undefined;
      return why === undefined ? [] : [{ ...fault, message: `Kyverno's ${name} is not supported: ${why}` }];
    });
    const distinct = [...new Map(named.map((fault) => [fault.message, fault])).values()];
    return distinct.length > 0 ? distinct : ofPath;
  });
}
