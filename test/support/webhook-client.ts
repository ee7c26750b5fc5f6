import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientCertificate } from './client-certificate.ts';

/** A certificate that the API server shows to every webhook. */
export interface WebhookClient {
  /** For `startControlPlane`. */
  readonly apiServerFlags: readonly string[];
  /** Path of the authority that vouches for it. */
  readonly authority: string;
  remove(): void;
}

/** As a cluster is told of it: an AdmissionConfiguration that names a kubeconfig whose users are servers of webhooks. */
export function webhookClient(commonName: string): WebhookClient {
  const dir = mkdtempSync(join(tmpdir(), 'webhook-client-'));
  const write = (name: string, content: string | object): string => {
    const file = join(dir, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
    return file;
  };
  const { cert, key } = clientCertificate(commonName);
  const authority = write('client.crt', cert);
  const user = { 'client-certificate': authority, 'client-key': write('client.key', key) };
  const kubeConfigFile = write('kubeconfig', { apiVersion: 'v1', kind: 'Config', users: [{ name: '*', user }] });
  const apiVersion = 'apiserver.config.k8s.io/v1';
  const configuration = { apiVersion, kind: 'WebhookAdmissionConfiguration', kubeConfigFile };
  const plugins = [{ name: 'ValidatingAdmissionWebhook', configuration }];
  const admission = write('admission.yaml', { apiVersion, kind: 'AdmissionConfiguration', plugins });
  return {
    apiServerFlags: ['--admission-control-config-file', admission],
    authority,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
