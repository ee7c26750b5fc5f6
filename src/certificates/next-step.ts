import { X509Certificate } from 'node:crypto';
import { defaultLifetimes } from './authority.ts';
import type { Lifetimes } from './authority.ts';
import { backdate } from './certificate.ts';
import { namesHost } from './host.ts';
import type { CertificateState, StateProblem, UnusableState } from './state.ts';

/**
 * What to do next. All but `wait` lead to a new state (applyStep), to be written with the resourceVersion that was read.
 * `publish-bundle` asks the caller to make the registration hold caBundle(state) first, and to apply the step once it does.
 * The caller reads the registration before the Secret and writes caBundle with that resourceVersion, at every turn where it
 * differs: so a replica that was asleep cannot take back a bundle that another one has published.
 */
export type Step =
  | { readonly do: 'create'; readonly because: StateProblem | 'authority-invalid' | 'leaf-invalid' }
  | { readonly do: 'renew-leaf'; readonly because: 'leaf-invalid' | 'leaf-due' | 'hosts-changed' }
  | { readonly do: 'introduce-authority'; readonly because: 'authority-due' | 'authority-key-lost' | 'next-invalid' }
  | { readonly do: 'publish-bundle' }
  | { readonly do: 'swap-leaf'; readonly because: 'bundle-settled' | 'authority-invalid' | 'leaf-invalid' }
  | { readonly do: 'drop-expired' }
  | { readonly do: 'wait'; readonly until: Date };

export type Circumstances = { readonly now: Date; readonly hosts: readonly string[]; readonly lifetimes?: Lifetimes };

/** Look again at least this often: clocks jump, and timers hold no more than 24 days. Milliseconds. */
const longestWait = 3_600_000;

/** Decides from what the Secret holds alone, so that any replica can go on where another one stopped. Throws `host-invalid`. */
export function nextStep(state: CertificateState | UnusableState, circumstances: Circumstances): Step {
  if ('problem' in state) return { do: 'create', because: state.problem };
  const view = look(state, circumstances);
  return rescue(view) ?? moveOn(view) ?? renewLeaf(view) ?? introduce(view) ?? dropExpired(view) ?? wait(view);
}

type Period = { readonly from: number; readonly due: number; readonly to: number };

type View = {
  readonly now: number;
  readonly authority: Period;
  readonly leaf: Period;
  readonly next: (Period & { readonly publishedAt: number | null; readonly settledAt: number | null }) | null;
  readonly canSign: boolean;
  /** Whether the authority has enough time left for a new leaf to last longer than this one. */
  readonly leafGains: boolean;
  readonly hostsMissing: boolean;
  readonly retired: readonly Period[];
};

function look(state: CertificateState, { now: at, hosts, lifetimes = defaultLifetimes }: Circumstances): View {
  const now = at.getTime();
  const authority = period(state.authority.certificate);
  const leaf = period(state.leaf.certificate);
  const leafCertificate = new X509Certificate(state.leaf.certificate);
  return {
    now,
    authority,
    leaf,
    next: state.next && { ...period(state.next.certificate), ...publication(state.next.publishedAt, now, lifetimes.settle) },
    canSign: state.authority.key !== null,
    leafGains: authority.to > leaf.to,
    hostsMissing: !hosts.every((host) => namesHost(leafCertificate, host)),
    retired: state.retired.map(period),
  };
}

/** Something in use is out of its time: mend it at once, by the way that old bundles trust longest. */
function rescue({ now, authority, leaf, next, canSign }: View): Step | null {
  if (covers(authority, now) && covers(leaf, now)) return null;
  if (covers(authority, now) && canSign) return { do: 'renew-leaf', because: 'leaf-invalid' };
  const because = covers(authority, now) ? 'leaf-invalid' : 'authority-invalid';
  if (next && covers(next, now)) return { do: 'swap-leaf', because };
  return { do: 'create', because };
}

function moveOn({ now, next }: View): Step | null {
  const settled = next !== null && covers(next, now) && next.settledAt !== null && next.settledAt <= now;
  return settled ? { do: 'swap-leaf', because: 'bundle-settled' } : null;
}

function renewLeaf({ now, leaf, canSign, leafGains, hostsMissing }: View): Step | null {
  if (!canSign) return null;
  if (hostsMissing) return { do: 'renew-leaf', because: 'hosts-changed' };
  return leafGains && leaf.due <= now ? { do: 'renew-leaf', because: 'leaf-due' } : null;
}

function introduce({ now, authority, next, canSign }: View): Step | null {
  if (next && !covers(next, now)) return { do: 'introduce-authority', because: 'next-invalid' };
  if (next) return next.publishedAt === null ? { do: 'publish-bundle' } : null;
  if (!canSign) return { do: 'introduce-authority', because: 'authority-key-lost' };
  return authority.due <= now ? { do: 'introduce-authority', because: 'authority-due' } : null;
}

function dropExpired({ now, retired }: View): Step | null {
  return retired.some(({ to }) => to <= now) ? { do: 'drop-expired' } : null;
}

function wait({ now, authority, leaf, next, leafGains, retired }: View): Step {
  const ends = [authority.to, leaf.to, ...retired.map(({ to }) => to)];
  const dues = next ? [next.to, next.settledAt ?? now] : [authority.due];
  const until = Math.min(now + longestWait, ...ends, ...dues, ...(leafGains ? [leaf.due] : []));
  return { do: 'wait', until: new Date(until) };
}

/** A publication in the future means that the clock went back: it counts as none, and is made again. */
function publication(publishedAt: Date | null, now: number, settle: number) {
  const at = publishedAt !== null && publishedAt.getTime() <= now ? publishedAt.getTime() : null;
  return { publishedAt: at, settledAt: at === null ? null : at + settle };
}

function period(pem: string): Period {
  const certificate = new X509Certificate(pem);
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const made = from + backdate;
  return { from, to, due: Math.min(to, made + ((to - made) * 2) / 3) };
}

function covers({ from, to }: Period, now: number): boolean {
  return from <= now && now < to;
}
