import type { GuardrailDocument } from '../api/guardrail.ts';
import type { LabelSelector } from '../api/selector.ts';
import { selectorKeys } from '../kube/selector.ts';
import { celWarnings } from './cel-warnings.ts';
import { isPinned } from './image-pattern.ts';
import { NAME_LABEL } from './namespace-selector.ts';
import type { Fault } from './schema-faults.ts';

/** What of a guardrail without faults is weaker than it looks: loaded, and told. */
export function guardrailWarnings({ spec }: GuardrailDocument): Fault[] {
  return [...selectorWarnings(spec), ...imageWarnings(spec), ...resourceWarnings(spec), ...exemptWarnings(spec), ...celWarnings(spec)];
}

type Spec = GuardrailDocument['spec'];

function selectorWarnings({ match, schedule = [] }: Spec): Fault[] {
  return [
    ...editable('spec.match.namespaceSelector', match?.namespaceSelector, 'the namespace'),
    ...editable('spec.match.objectSelector', match?.objectSelector, 'the object'),
    ...schedule.flatMap(({ namespaceSelector }, index) =>
      editable(`spec.schedule[${index}].namespaceSelector`, namespaceSelector, 'the namespace'),
    ),
  ];
}

function editable(path: string, selector: LabelSelector | undefined, whose: string): Fault[] {
  const keys = [...new Set(selectorKeys(selector ?? {}))].filter((key) => key !== NAME_LABEL || whose === 'the object');
  if (keys.length === 0) return [];
  const message = `enforcement hangs on ${keys.join(', ')}, which whoever may edit ${whose} can change; of labels only ${NAME_LABEL} of a namespace is safe`;
  return [{ path, message }];
}

const imageWarnings = ({ rules }: Spec): Fault[] =>
  rules.flatMap(({ exemptImages = [] }, rule) =>
    exemptImages.flatMap((pattern, index) =>
      isPinned(pattern)
        ? []
        : [
            {
              path: `spec.rules[${rule}].exemptImages[${index}]`,
              message: `${JSON.stringify(pattern)} has no digest, so whoever can push to the repository is exempt; end it with @sha256:…`,
            },
          ],
    ),
  );

/** Whoever names pods alone leaves out the ways by which a running pod is changed. */
function resourceWarnings({ match }: Spec): Fault[] {
  const rules = match?.resourceRules ?? [];
  const named = new Set(rules.flatMap(({ resources }) => resources));
  const open = ['ephemeralcontainers', 'resize'].filter(
    (sub) => !['pods/*', '*/*', `pods/${sub}`, `*/${sub}`].some((entry) => named.has(entry)),
  );
  if (!named.has('pods') || open.length === 0) return [];
  const left = open.map((sub) => `pods/${sub}`).join(' and ');
  return [
    { path: 'spec.match.resourceRules', message: `pods are judged and ${left} are not, by which a running pod is changed; add them` },
  ];
}

const exemptWarnings = ({ exempt = {} }: Spec): Fault[] =>
  (exempt.namespaces ?? []).flatMap((pattern, index) =>
    /^\*+$/.test(pattern) ? [{ path: `spec.exempt.namespaces[${index}]`, message: 'every namespace is exempt, so nothing is judged' }] : [],
  );
