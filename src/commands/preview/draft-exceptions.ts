import { createHash } from 'node:crypto';
import type { ExceptionDocument } from '../../api/guardrail-exception.ts';
import { GUARDRAIL_VERSION } from '../../api/guardrail.ts';
import { UNREADABLE } from '../../engine/evaluate.ts';
import { canonical } from '../../kube/canonical.ts';
import type { Json } from '../../kube/json.ts';
import { DAY_MS } from '../../policy/exception.ts';
import type { Row, RowFinding, Target } from '../live/row.ts';
import type { PreviewFinding } from './judge-preview.ts';

export interface Drafts {
  readonly documents: readonly ExceptionDocument[];
  /** What nobody can excuse: it must be mended. */
  readonly inexcusable: readonly string[];
}

const DAYS = 30;

/** Labels that say who answers for an object, the most telling first. */
const ownerLabels = ['owner', 'team', 'app.kubernetes.io/managed-by'];

/** Exceptions that would let Enforce start today: for each workload and guardrail, as narrow as what is wrong there. */
export function draftExceptions(rows: readonly Row<PreviewFinding>[], now: number, days = DAYS): Drafts {
  const expiresAt = new Date(now + days * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const inexcusable: string[] = [];
  const documents = rows.flatMap((row) => {
    const refused = row.findings.filter(({ finding }) => finding.refusable);
    if (refused.length === 0) return [];
    const reason = whyNot(row, refused);
    if (reason !== null) inexcusable.push(`${row.kind} ${[row.namespace, row.name].filter(Boolean).join('/')}: ${reason}`);
    if (!canBeNamed(row, refused)) return [];
    const excusable = refused.filter(({ finding }) => finding.check !== UNREADABLE);
    const byGuardrail = Map.groupBy(excusable, ({ finding }) => finding.guardrail);
    return [...byGuardrail].flatMap(([guardrail, those]) =>
      placesOf(those).flatMap((where) => row.targets.map((target) => draft(row, { guardrail, ...where }, target, expiresAt))),
    );
  });
  return { documents: [...new Map(documents.map((document) => [`${document.metadata.namespace}/${document.metadata.name}`, document])).values()], inexcusable }; // prettier-ignore
}

function whyNot(row: Row, refused: readonly RowFinding[]): string | null {
  if (row.namespace === '') return 'it is in no namespace, where an exception would have to be';
  if (!canBeNamed(row, refused)) return 'it has names that Kubernetes does not take, and no exception could match them alone';
  return refused.some(({ finding }) => finding.check === UNREADABLE) ? 'it cannot be read as a pod' : null;
}

const subdomain = /^[a-z0-9][-a-z0-9.]*$/;

/** A name from a file may be anything, and a * in it would reach further than the object. */
const canBeNamed = ({ namespace, name }: Row, refused: readonly RowFinding[]): boolean =>
  [namespace, name, ...refused.flatMap(({ container }) => (container === null ? [] : [container.name]))].every((each) =>
    subdomain.test(each),
  );

interface Place {
  readonly rules: readonly string[];
  /** null: the pod itself, and with it its init and regular containers. */
  readonly containers: readonly string[] | null;
}

/** Rules that fail on the pod itself, then those that fail in the same containers. */
function placesOf(findings: readonly RowFinding[]): Place[] {
  const whole = new Set(findings.flatMap(({ finding, container }) => (container === null ? [finding.rule] : [])));
  const inside = findings.flatMap(({ finding, container }) =>
    container === null || (whole.has(finding.rule) && !container.ephemeral) ? [] : [{ rule: finding.rule, name: container.name }],
  );
  const byRule = [...Map.groupBy(inside, ({ rule }) => rule)].map(([rule, those]) => ({
    rule,
    containers: [...new Set(those.map(({ name }) => name))].toSorted(),
  }));
  const byContainers = [...Map.groupBy(byRule, ({ containers }) => containers.join(',')).values()].map((those) => ({
    rules: those.map(({ rule }) => rule).toSorted(),
    containers: those[0]?.containers ?? [],
  }));
  return [...(whole.size > 0 ? [{ rules: [...whole].toSorted(), containers: null }] : []), ...byContainers];
}

function draft(row: Row, where: Place & { readonly guardrail: string }, target: Target, expiresAt: string): ExceptionDocument {
  const { guardrail, rules, containers } = where;
  const match = {
    name: target.name,
    ...(target.labels !== null && { labels: { ...target.labels } }),
    ...(containers !== null && { containers: [...containers] }),
  };
  const spec = { guardrail, rules: [...rules], match, reason: `draft: ${reasonOf(row, rules)}`, owner: ownerOf(row), expiresAt };
  return {
    apiVersion: GUARDRAIL_VERSION,
    kind: 'GuardrailException',
    metadata: { name: nameOf(row, [guardrail, [...rules], match]), namespace: row.namespace },
    spec,
  };
}

const reasonOf = ({ kind, name }: Row, rules: readonly string[]): string =>
  `${kind} ${name} ran before the guardrail was enforced and does not meet ${rules.join(', ')}; mend it, or say why it cannot be`;

function ownerOf({ labels, namespace }: Row): string {
  const key = ownerLabels.find((label) => (labels[label] ?? '') !== '');
  return key === undefined ? `namespace ${namespace}` : (labels[key] ?? '');
}

/** The same for the same workload and reach, so that drafting again changes only what has changed. */
function nameOf({ kind, name }: Row, reach: Json): string {
  const words = `draft-${kind}-${name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const digest = createHash('sha256').update(canonical(reach)).digest('hex').slice(0, 8);
  return `${words.slice(0, 200).replace(/-+$/, '')}-${digest}`;
}
