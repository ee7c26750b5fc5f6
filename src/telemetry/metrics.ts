import { Counter, Gauge } from '@prometheus-io/client';
import type { Registry } from '@prometheus-io/client';
import type { Mode } from '../engine/finding.ts';
import { DurationHistogram } from './duration-histogram.ts';
import { Tally } from './tally.ts';

const decisionLabels = ['guardrail', 'mode', 'verdict'] as const;
const requestLabels = ['operation', 'verdict'] as const;

/** Every metric of ours: name, help and labels, each label from a closed or capped set. */
export const metricDefinitions = {
  decisions: {
    name: 'sallyport_decisions_total',
    help: 'Requests judged by a guardrail, by its mode and its verdict',
    labelNames: decisionLabels,
  },
  requests: {
    name: 'sallyport_admission_requests_total',
    help: 'Requests answered, by operation and overall verdict',
    labelNames: requestLabels,
  },
  refused: { name: 'sallyport_refused_inputs_total', help: 'Inputs refused before they could be judged, by kind', labelNames: ['kind'] },
  failures: { name: 'sallyport_internal_errors_total', help: 'Requests refused because judging them failed unexpectedly' },
  late: {
    name: 'sallyport_deadline_exceeded_total',
    help: 'Requests with guardrails that were not judged in time: their failureMode decided',
  },
  evaluation: { name: 'sallyport_evaluation_seconds', help: 'Time to judge a request' },
  latency: { name: 'sallyport_request_seconds', help: 'Time from the headers of a request to its answer' },
  inFlight: { name: 'sallyport_requests_in_flight', help: 'Requests being read or judged' },
  inFlightBytes: { name: 'sallyport_in_flight_bytes', help: 'Bytes of bodies being read or judged' },
  certificateExpiry: { name: 'sallyport_certificate_expiry_timestamp_seconds', help: 'When the serving certificate expires' },
  certificateFailures: { name: 'sallyport_certificate_reload_failures_total', help: 'New certificates that could not be put in force' },
  guardrails: { name: 'sallyport_guardrails_in_force', help: 'Guardrails in force' },
  policy: { name: 'sallyport_policy_info', help: 'Digest of the set of guardrails in force', labelNames: ['digest'] },
  brokenGuardrails: {
    name: 'sallyport_broken_guardrails',
    help: 'Guardrails whose present version cannot be put in force; the last good one is, where there is one',
    labelNames: ['guardrail'],
  },
  policyAge: { name: 'sallyport_policy_age_seconds', help: 'Time since the API server last confirmed guardrails and namespaces' },
  policyFailures: { name: 'sallyport_policy_load_failures_total', help: 'Sets of guardrails that could not be put in force' },
  registration: {
    name: 'sallyport_registration_events_total',
    help: 'Looks at the registration by what came of them',
    labelNames: ['event'],
  },
  build: { name: 'sallyport_build_info', help: 'What is running', labelNames: ['version', 'node'] },
} as const;

const seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface MetricsOptions {
  readonly registry: Registry;
  readonly version: string;
  /** Every kind of refused input: each starts at 0, so that the first one is seen as an increase. */
  readonly refusalKinds: readonly string[];
  /** Guardrails with a label of their own; the rest share `other`. */
  readonly maxGuardrails?: number;
}

export interface Decided {
  readonly verdict: string;
  readonly guardrails: readonly { readonly name: string; readonly mode: Mode; readonly verdict: string }[];
  readonly late?: number;
}

export interface PolicyMetrics {
  readonly loaded: (policy: { digest: string; guardrails: number }) => void;
  readonly failed: () => void;
  /** Names of all guardrails that are broken now. */
  readonly broken: (names: readonly string[]) => void;
  /** From now on, how many seconds old what is judged by is; asked when scraped. */
  readonly aged: (seconds: () => number) => void;
}

export interface Metrics {
  /** Requests and bytes in flight; read when scraped. */
  readonly load: { requests: number; bytes: number };
  readonly refused: (kind: string) => void;
  /** A request was answered. Not to be called for dry runs, which change no counter. */
  readonly decided: (operation: string, decided: Decided, ms: { evaluation: number; request: number }) => void;
  /** Judging threw. */
  readonly failed: () => void;
  readonly certificate: { readonly expires: (at: Date) => void; readonly failed: () => void };
  readonly policy: PolicyMetrics;
  /** The registration was looked at, written, repaired, found missing, or could not be reached. */
  readonly registration: (event: 'written' | 'repaired' | 'in-step' | 'missing' | 'trouble') => void;
  /** The exposition text and its content type. */
  readonly expose: () => Promise<{ text: string; contentType: string }>;
}

/** Makes every metric in the given registry. What happens on each request is tallied in plain numbers and read when scraped. */
export function createMetrics({ registry, version, refusalKinds, maxGuardrails = 100 }: MetricsOptions): Metrics {
  const registers = [registry];
  const d = metricDefinitions;
  const load = { requests: 0, bytes: 0 };
  const decisions = new Tally(maxGuardrails);
  const requests = new Tally(4);
  tallied({ ...d.decisions, registers, tally: decisions });
  tallied({ ...d.requests, registers, tally: requests });
  const refused = new Counter({ ...d.refused, registers });
  for (const kind of refusalKinds) refused.inc({ kind }, 0);
  const failures = new Counter({ ...d.failures, registers });
  const late = new Counter({ ...d.late, registers });
  const evaluation = new DurationHistogram({ ...d.evaluation, registers, buckets: seconds });
  const latency = new DurationHistogram({ ...d.latency, registers, buckets: seconds });
  const registration = new Counter({ ...d.registration, registers });
  processMetrics(registers);
  read({ ...d.inFlight, registers }, () => load.requests);
  read({ ...d.inFlightBytes, registers }, () => load.bytes);
  new Gauge({ ...d.build, registers }).set({ version, node: process.versions.node }, 1);

  return {
    load,
    refused: (kind) => refused.inc({ kind: refusalKinds.includes(kind) ? kind : 'other' }),
    decided(operation, { verdict, guardrails, late: unjudged }, ms) {
      requests.add(operation, verdict);
      for (const guardrail of guardrails) decisions.add(guardrail.name, guardrail.mode, guardrail.verdict);
      if (unjudged !== undefined) late.inc();
      evaluation.observe(ms.evaluation / 1000);
      latency.observe(ms.request / 1000);
    },
    failed: () => failures.inc(),
    certificate: certificateMetrics(registers),
    policy: policyMetrics(registers, maxGuardrails),
    registration: (event) => registration.inc({ event }),
    expose: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}

/** Under the names that every Prometheus client uses. */
function processMetrics(registers: Registry[]): void {
  const started = Date.now() / 1000 - process.uptime();
  read({ name: 'process_start_time_seconds', help: 'Start time of the process since the epoch', registers }, () => started);
  read({ name: 'process_resident_memory_bytes', help: 'Resident memory', registers }, () => process.memoryUsage.rss());
  let counted = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      const spent = (user + system) / 1e6;
      this.inc(spent - counted);
      counted = spent;
    },
  }).inc(0);
}

function certificateMetrics(registers: Registry[]): Metrics['certificate'] {
  const expiry = new Gauge({ ...metricDefinitions.certificateExpiry, registers });
  const failures = new Counter({ ...metricDefinitions.certificateFailures, registers });
  return { expires: (at) => expiry.set(at.getTime() / 1000), failed: () => failures.inc() };
}

function policyMetrics(registers: Registry[], maxGuardrails: number): PolicyMetrics {
  const guardrails = new Gauge({ ...metricDefinitions.guardrails, registers });
  const info = new Gauge({ ...metricDefinitions.policy, registers });
  const broken = new Gauge({ ...metricDefinitions.brokenGuardrails, registers });
  const failures = new Counter({ ...metricDefinitions.policyFailures, registers });
  return {
    loaded(policy) {
      guardrails.set(policy.guardrails);
      info.reset();
      info.set({ digest: policy.digest }, 1);
    },
    failed: () => failures.inc(),
    broken(names) {
      broken.reset();
      for (const guardrail of names.slice(0, maxGuardrails)) broken.set({ guardrail }, 1);
    },
    aged: (seconds) => void read({ ...metricDefinitions.policyAge, registers }, seconds),
  };
}

interface TalliedOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registers: Registry[];
  readonly tally: Tally;
}

function tallied({ tally, ...options }: TalliedOptions): Counter<string> {
  return new Counter({
    ...options,
    collect() {
      for (const { labels, count } of tally.drain()) this.labels(...labels).inc(count);
    },
  });
}

function read(options: { name: string; help: string; registers: Registry[] }, value: () => number): Gauge {
  return new Gauge({
    ...options,
    collect() {
      this.set(value());
    },
  });
}
