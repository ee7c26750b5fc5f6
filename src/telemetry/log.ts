import pino from 'pino';
import type { DestinationStream, Level, Logger } from 'pino';
import type { Finding } from '../engine/finding.ts';
import { printable } from '../kube/printable.ts';

export interface LogOptions {
  readonly level: Level;
  /** Where lines go; by default standard output, in batches. */
  readonly stream?: DestinationStream;
}

/** JSON lines. Times are ISO 8601, levels are words, errors keep their stack under `err`. */
export function createLog({ level, stream = batched() }: LogOptions): Logger {
  return pino({ level, base: null, timestamp, formatters: { level: (label) => ({ level: label }) } }, stream);
}

let spelt = { at: NaN, time: '' };

/** The time as a field of a line. Under load many lines fall into one millisecond, and spelling it takes longer than looking at the clock. */
function timestamp(): string {
  const at = Date.now();
  if (at !== spelt.at) spelt = { at, time: `,"time":"${new Date(at).toISOString()}"` };
  return spelt.time;
}

/**
 * Lines go out together, at the latest after half a second: a write a denial costs more than judging it. In the foreground, as the API server
 * itself logs: what waits behind a slow reader would fill the memory.
 */
const batched = (): DestinationStream => pino.destination({ dest: 1, sync: true, minLength: 4096, periodicFlush: 500 });

/** What the log needs of a request; the objects in it are not for the log. */
export interface LoggedRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly resource: string };
  readonly subResource: string;
  readonly namespace: string;
  readonly name: string;
  readonly operation: string;
  readonly userInfo: { readonly username: string };
  readonly dryRun: boolean;
}

export interface LoggedDecision {
  readonly verdict: 'allow' | 'warn' | 'deny' | 'skip';
  readonly guardrails: readonly { readonly name: string }[];
  readonly findings: readonly Finding[];
  readonly digest: string;
  readonly late?: number;
}

export interface DecisionLog {
  /** One line for a denial or a warning; at level debug also for what was allowed. */
  readonly decided: (request: LoggedRequest, decision: LoggedDecision, ms: number) => void;
  readonly failed: (uid: string, error: unknown) => void;
}

const texts = { deny: 'denied', warn: 'warned', allow: 'allowed', skip: 'no guardrail matches' } as const;

/** The lines about requests, over any pino logger. */
export function decisionLog(log: Logger): DecisionLog {
  const stream = streamOf(log);
  return {
    decided(request, decision, ms) {
      const level = levelOf(decision);
      if (log.isLevelEnabled(level)) stream.write(line(level, decisionFields(request, decision, ms), texts[decision.verdict]));
    },
    failed: (uid, err) => log.error({ uid, err }, 'judging a request failed, so it was refused'),
  };
}

function levelOf({ verdict, late }: LoggedDecision): 'warn' | 'info' | 'debug' {
  if (late !== undefined) return 'warn';
  return verdict === 'deny' || verdict === 'warn' ? 'info' : 'debug';
}

/** As pino would write it, field by field, which costs more than one JSON.stringify of all. */
const line = (level: Level, fields: object, msg: string): string =>
  `{"level":"${level}"${timestamp()},${JSON.stringify(fields).slice(1, -1)},"msg":"${msg}"}\n`;

const streamOf = (log: Logger): DestinationStream =>
  (log as unknown as { readonly [pino.symbols.streamSym]: DestinationStream })[pino.symbols.streamSym];

function decisionFields(request: LoggedRequest, decision: LoggedDecision, ms: number): object {
  const { kind, resource } = request;
  // A message may name a value; of a Secret nothing but places is told.
  const secret = resource.group === '' && resource.resource === 'secrets';
  return {
    uid: request.uid,
    user: bounded(request.userInfo.username),
    group: bounded(kind.group),
    kind: bounded(kind.kind),
    subresource: bounded(request.subResource),
    namespace: bounded(request.namespace),
    name: bounded(request.name),
    operation: request.operation,
    dryRun: request.dryRun,
    verdict: decision.verdict,
    guardrails: decision.guardrails.map(({ name }) => name),
    findings: decision.findings.slice(0, maxFindings).map((finding) => findingFields(finding, secret)),
    findingCount: decision.findings.length,
    digest: decision.digest,
    // Guardrails that were not judged in time.
    late: decision.late,
    ms: Math.round(ms * 1000) / 1000,
  };
}

const maxFindings = 50;

function findingFields({ guardrail, rule, path, message, mode, state, because, exception }: Finding, secret: boolean): object {
  const place = { guardrail, rule, mode, because, state, exception, path: bounded(path) };
  return secret ? place : { ...place, message: bounded(message) };
}

const maxText = 1024;

/** C1 controls and bidirectional marks, which JSON leaves as they are, drive a terminal too. */
const bounded = (text: string): string => printable(text.length > maxText ? `${text.slice(0, maxText)}…` : text);
