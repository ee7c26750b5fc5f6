import type { AddressInfo } from 'node:net';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import type { Io } from '../io.ts';

/** For the person at the terminal: where we are, what is in force and, for trying out, how to see a refusal. The log stays JSON. */
export function greeting(
  set: GuardrailSet,
  address: AddressInfo,
  trying: boolean,
  { version, cwd, root }: Pick<Io, 'version' | 'cwd' | 'root'>,
): string {
  const url = `https://${hostOf(address)}:${address.port}/validate`;
  const others = (set.upstream?.policies ?? []).map(({ name, kind }) => `${name} (${kind})`);
  const names = [...set.guardrails.map(({ name, mode }) => `${name} (${mode})`), ...others].join(', ');
  const place = `Sallyport ${version} answers at ${url}\n  guardrails: ${names}\n  digest: ${set.digest}\n`;
  if (!trying) return place;
  const sample = relative(cwd, fileURLToPath(new URL('policies/samples/bad-pod.json', root)));
  return `${place}See it refuse a pod:\n  curl -sk ${url} -H 'Content-Type: application/json' --data @${sample}\n`;
}

function hostOf({ address, family }: AddressInfo): string {
  if (address === '::' || address === '0.0.0.0') return 'localhost';
  return family === 'IPv6' ? `[${address}]` : address;
}
