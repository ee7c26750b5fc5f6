import { policyOptions } from '../policy-flags.ts';
import { baselineOptions } from './baseline.ts';
import { outputOptions } from './outputs.ts';

/** Flags of `scan`. What has no default here, the configuration file may say where the flag does not. */
export const scanOptions = {
  ...policyOptions,
  ...outputOptions,
  ...baselineOptions,
  'no-inline': { type: 'boolean' },
  exceptions: { type: 'string', multiple: true },
  namespace: { type: 'string' },
  'namespace-labels': { type: 'string', multiple: true },
  now: { type: 'string' },
  'fail-on': { type: 'string' },
  only: { type: 'string', multiple: true },
  skip: { type: 'string', multiple: true },
  'exit-zero': { type: 'boolean' },
  'changed-since': { type: 'string' },
  config: { type: 'string' },
  'no-config': { type: 'boolean' },
  'print-config': { type: 'boolean' },
  helm: { type: 'string' },
  values: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  'allow-remote': { type: 'boolean' },
  live: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  strict: { type: 'boolean' },
  schemas: { type: 'string', multiple: true },
} as const;
