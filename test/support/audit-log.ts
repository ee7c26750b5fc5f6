import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the API server has been asked, and how it decided. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface AuditLog {
  /** For `startControlPlane`. */
  readonly apiServerFlags: readonly string[];
  events(): AuditEvent[];
  remove(): void;
}

export function auditLog(): AuditLog {
  const dir = mkdtempSync(join(tmpdir(), 'audit-'));
  const [policy, log] = [join(dir, 'policy.yaml'), join(dir, 'audit.log')];
  writeFileSync(
    policy,
    JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }),
  );
  return {
    apiServerFlags: ['--audit-policy-file', policy, '--audit-log-path', log, '--audit-log-mode', 'blocking'],
    events: () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').filter(Boolean) : []).map(parse),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const parse = (line: string): AuditEvent => JSON.parse(line) as AuditEvent;
