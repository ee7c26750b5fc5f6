import type { ConstraintDocument, ConstraintTemplateDocument } from '../../api/upstream/gatekeeper.ts';
import { canonical } from '../../kube/canonical.ts';
import type { JsonObject } from '../../kube/json.ts';
import { constraintFaults, constraintPolicy, templateFaults, templateProgram } from './constraint-template.ts';
import type { Sound } from './documents.ts';
import { kindOf } from './documents.ts';
import type { Loading } from './load-upstream.ts';
import type { RuleProgram } from './program.ts';

interface Template<S> {
  readonly one: Sound<S, ConstraintTemplateDocument>;
  readonly program: RuleProgram;
}

/** Constraints, each with the template of its kind. */
export function loadConstraints<S>(loading: Loading<S>): void {
  const { documents, policies, texts, ceiling } = loading;
  const templates = loadTemplates(loading);
  const used = new Set<string>();
  for (const one of documents.sound<ConstraintDocument>('')) {
    const kind = kindOf(one);
    const template = templates.get(kind);
    used.add(kind);
    // Of a template with a fault that fault is told, and not that it is missing.
    if (!documents.keep(one, [...(template === undefined ? missing(kind, loading) : []), ...constraintFaults(one.document)])) continue;
    if (template === undefined) continue;
    policies.push(constraintPolicy(one.value as JsonObject, template.one.document, template.program, { ceiling, origin: one.origin }));
    texts.push(canonical(one.value));
  }
  for (const [kind, { one }] of templates)
    if (!used.has(kind)) documents.warn(one, 'no constraint among the policies uses it, so it judges nothing');
}

/** By the kinds that they define. */
function loadTemplates<S>({ documents, texts }: Loading<S>): Map<string, Template<S>> {
  const templates = new Map<string, Template<S>>();
  for (const one of documents.sound<ConstraintTemplateDocument>('ConstraintTemplate')) {
    const wrong = templateFaults(one.document);
    if (!documents.keep(one, wrong)) continue;
    const { program, faults } = templateProgram(one.document);
    if (!documents.keep(one, faults)) continue;
    templates.set(one.document.spec.crd.spec.names.kind, { one, program });
    texts.push(canonical(one.value));
  }
  return templates;
}

function missing<S>(kind: string, { documents }: Loading<S>) {
  const defined = documents
    .all('ConstraintTemplate')
    .some(({ value }) => definedBy(value as unknown as Partial<ConstraintTemplateDocument>) === kind);
  return defined ? [] : [{ path: 'kind', message: `there is no ConstraintTemplate among the policies that defines ${kind}` }];
}

const definedBy = ({ spec }: Partial<ConstraintTemplateDocument>): string | undefined => spec?.crd?.spec?.names?.kind;
