import type { Cure, Finding } from '../../src/engine/finding.ts';
import { namedPath } from '../../src/kube/named-path.ts';
import type { Context, Report, ReportError, Result } from '../../src/report/report.ts';
import { locator } from '../../src/yaml/locate.ts';
import { readDocuments } from '../../src/yaml/read.ts';

export type Fault = Partial<Finding> & Pick<Finding, 'path'>;

/** Context of a plain report; `rows` may change any of it. */
export const plain: Context = {
  colour: false,
  quiet: false,
  verbose: false,
  version: '1.2.3',
  checks: new Map([
    ['privileged', { title: 'Containers are not privileged', why: 'A privileged container is root on the node.', refs: ['https://example.com/pss', 'CIS 5.2.2'] }],
    ['capabilities', { title: 'Containers hold only the capabilities they need', why: 'NET_RAW is enough to spoof.', refs: ['CIS 5.2.9', 'CIS 5.2.10'] }],
  ]),
}; // prettier-ignore

export const set = (value: Extract<Cure, { set: unknown }>['set'], cureClass: Cure['class'] = 'safe'): Cure => ({
  set: value,
  class: cureClass,
});
export const remove: Cure = { remove: true, class: 'review' };

/** A report on one file, whose documents have these faults, in order; positions are looked up as a scan does. */
export function reportOn(file: string, text: string, faults: readonly (readonly Fault[])[], errors: readonly ReportError[] = []): Report {
  const documents = readDocuments(text);
  const results = documents.map((document, index): Result => {
    if ('error' in document) throw new Error(document.error.message);
    const { apiVersion = 'v1', kind = 'Pod', metadata = {} } = document.value as unknown as Partial<Header>;
    const locate = locator(text, document);
    const findings = (faults[index] ?? []).map((fault) => ({ ...finding(fault), ...locate(fault.path), namedPath: namedPath(document.value, fault.path) }));
    const { name = '', namespace = 'default' } = metadata;
    const verdict = findings.some(({ mode, state }) => mode === 'Enforce' && state === 'active') ? 'deny' : findings.length > 0 ? 'warn' : 'allow';
    return { file, line: document.line, apiVersion, kind, namespace, name, verdict, findings };
  }); // prettier-ignore
  return { digest: `sha256:${'0'.repeat(64)}`, results, errors, ignored: [], sources: new Map([[file, text]]) };
}

interface Header {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, string>>;
}

function finding(fault: Fault): Finding {
  const basics = { guardrail: 'least', rule: 'privileged', check: 'privileged', control: null, message: 'is wrong', cure: null } as const;
  return { ...basics, mode: 'Enforce', severity: 'high', state: 'active', reason: 'FieldValueForbidden', ...fault };
}
