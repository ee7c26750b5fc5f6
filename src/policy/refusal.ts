import type { Finding, Verdict } from '../engine/finding.ts';
import { printable } from '../kube/printable.ts';

/** Lines of a message and causes of a status; the rest is counted. A status larger than this helps nobody and fills etcd. */
const MAX_LINES = 100;
/** Room for any name and path that Kubernetes allows; what does not fit was made to be long. */
const MAX_LINE = 1024;
/** The API server drops what exceeds 4096 runes in all, and truncates every line to 256 when it does. */
const MAX_WARNINGS = 12;
const MAX_WARNING = 256;
const MAX_ANNOTATION = 1024;

/** Guardrail and rule, as every output names them: `restricted/runAsNonRoot`. */
export const ruleName = ({ guardrail, rule }: Finding): string => `${guardrail}/${rule}`;

const denying = ({ findings }: Verdict): Finding[] => findings.filter(({ mode, state }) => mode === 'Enforce' && state === 'active');

/** One entry of `status.details.causes`. */
export interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/**
 * What kubectl prints after `denied the request: `. Its first line stands alone, since `kubectl get events` shows no more: the worst fault,
 * how many there are, the guardrail. Then a line a fault, and how to see them offline.
 * @param origins flags that load the guardrails elsewhere, by guardrail.
 * @param subresource of the request: nobody holds a file of an ephemeral container.
 * @param told of the same verdict, where they are at hand: a line says no more than its cause.
 */
export function refusalMessage(
  verdict: Verdict,
  origins: ReadonlyMap<string, string>,
  subresource = '',
  told: readonly Cause[] = causes(verdict),
): string {
  const findings = denying(verdict);
  const [worst] = findings;
  if (!worst) return '';
  const advice = subresource === 'ephemeralcontainers' ? DEBUG_ADVICE : offline(findings, origins);
  return [headline(worst, findings), ...faultLines(worst, findings, told), advice].join('\n');
}

const DEBUG_ADVICE = 'kubectl debug --profile=restricted sets what the Pod Security level restricted asks for';

/** The headline has said all of a single fault but its place. */
function faultLines(worst: Finding, findings: readonly Finding[], told: readonly Cause[]): string[] {
  if (findings.length === 1) return [`  - ${withRule(worst.path || 'the object', worst, MAX_LINE)}`];
  const lines = told.map((cause, index) => `  - ${lineOf(cause) ?? line(findings[index] ?? worst, MAX_LINE)}`);
  return findings.length > MAX_LINES ? [...lines, `  - and ${findings.length - MAX_LINES} more`] : lines;
}

function headline(worst: Finding, findings: readonly Finding[]): string {
  const guardrails = [...new Set(findings.map(({ guardrail }) => guardrail))];
  const named = `${guardrails.length === 1 ? 'guardrail' : 'guardrails'} ${guardrails.join(', ')}`;
  return `${cut(worst.message, MAX_LINE)} (${findings.length === 1 ? named : `1 of ${findings.length} faults, ${named}`})`;
}

function offline(findings: readonly Finding[], origins: ReadonlyMap<string, string>): string {
  const flags = new Set(findings.map(({ guardrail }) => origins.get(guardrail) ?? ''));
  return `To see this with line and column before you apply: sallyport scan ${[...flags].filter(Boolean).join(' ')} FILE`;
}

/** Null where the two are too long for a line: then more has to be cut than was. */
function lineOf({ field, message }: Cause): string | null {
  if (field === '') return message;
  return field.length + message.length + 2 > MAX_LINE ? null : `${field}: ${message}`;
}

/** One line of at most `max` characters. The place and the guardrail survive the cut, the words between do not. */
const line = (finding: Finding, max: number): string => withRule(`${place(finding)}${finding.message}`, finding, max);

function withRule(text: string, finding: Finding, max: number): string {
  const end = ` (${cut(ruleName(finding), max / 2)})`;
  return cut(text, max - end.length) + end;
}

/** One harmless line. Cut before it is made printable too, since a name from an object can be megabytes long. */
function cut(text: string, max: number): string {
  const whole = printable(text.slice(0, max + 1));
  return whole.length <= max ? whole : `${whole.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

const place = ({ path }: Finding): string => (path === '' ? '' : `${path}: `);

/** `status.details.causes` of a denial. */
export function causes(verdict: Verdict): Cause[] {
  return denying(verdict)
    .slice(0, MAX_LINES)
    .map((finding) => ({
      reason: finding.reason,
      field: cut(finding.path, MAX_LINE),
      message: withRule(finding.message, finding, MAX_LINE),
    }));
}

/** Warnings of a request, most severe first, one line each; the last counts what does not fit. */
export function warnings({ findings, notes = [] }: Verdict): string[] {
  const lines = [
    ...findings.filter(({ mode, state }) => mode === 'Warn' && state === 'active').map((finding) => line(finding, MAX_WARNING)),
    ...toleratedLines(findings.filter(isTolerated)),
    ...notes.map((note) => cut(note, MAX_WARNING)),
  ];
  if (lines.length <= MAX_WARNINGS) return lines;
  return [...lines.slice(0, MAX_WARNINGS - 1), `and ${lines.length - MAX_WARNINGS + 1} more faults`];
}

const isTolerated = ({ mode, state }: Finding): boolean => state === 'ratcheted' && (mode === 'Enforce' || mode === 'Warn');

/** What an update carries on, in one line: its author changed something else. Of a template, none of the pods to come will be let through. */
function toleratedLines(findings: readonly Finding[]): string[] {
  const worst = findings.find(({ refusesPods }) => refusesPods) ?? findings[0];
  if (!worst) return [];
  const why = worst.refusesPods ? 'tolerated in this update, but new pods will be refused' : 'tolerated, as there before';
  const count = findings.length === 1 ? '' : ` (1 of ${findings.length} faults)`;
  return [withRule(`${why}${count}: ${place(worst)}${worst.message}`, worst, MAX_WARNING)];
}

/** What the audit log keeps of a request that was judged: what was found, by what, why in that mode, and what excused it. */
export function auditAnnotations({ verdict, findings }: Verdict, digest: string): Record<string, string> {
  const [worst] = findings;
  if (worst === undefined) return { digest };
  const annotations: Record<string, string> = { digest, verdict, mode: worst.mode };
  for (const [key, of] of annotated) {
    const values = distinct(findings, of);
    if (values.size > 0) annotations[key] = printable([...values].join(',')).slice(0, MAX_ANNOTATION);
  }
  return annotations;
}

/** Annotations by what a finding adds to each, `''` for nothing. */
const annotated: readonly (readonly [key: string, of: (finding: Finding) => string])[] = [
  ['because', ({ guardrail, because }) => (because === undefined ? '' : `${guardrail}: ${because}`)],
  ['violations', (finding) => (finding.state === 'active' ? ruleName(finding) : '')],
  ['tolerated', (finding) => (finding.state === 'ratcheted' ? ruleName(finding) : '')],
  ['exceptions', ({ exception = '' }) => exception],
];

function distinct(findings: readonly Finding[], of: (finding: Finding) => string): Set<string> {
  const values = new Set<string>();
  for (const finding of findings) {
    const value = of(finding);
    if (value !== '') values.add(value);
  }
  return values;
}
