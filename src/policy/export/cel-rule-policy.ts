import type { CelDocument } from '../../api/cel-rule.ts';
import type { ParamKind, ParamRef, Validation, Variable } from '../../api/upstream/expressions.ts';
import type { Mode } from '../../engine/finding.ts';
import { oneLine, quoted } from './cel-text.ts';
import type { Said } from './check-policies.ts';
import type { Judged } from './exempt-images.ts';
import { podVariableNames, variablesFor } from './pod-variables.ts';

/** What a rule in CEL asks for, as a policy says it; or why none can. @param judged the containers, where images of some are exempt. */
export function sayCelRule(document: CelDocument, judged: Judged | null): Said | { readonly refused: string } {
  const { over = 'object', variables = [] } = document;
  if (over === 'object') return { variables, validations: [plain(document)] };
  const clash = variables.find(({ name }) => podVariableNames.has(name));
  if (clash) return { refused: `its variable ${clash.name} has a name that the policy needs for itself` };
  const ofContainer = variables.find(({ expression }) => over === 'containers' && /\bcontainer\b/.test(expression));
  if (ofContainer) return { refused: `its variable ${ofContainer.name} has a value for each container, and a policy works one out once` };
  const own = variables.map(({ name, expression }): Variable => ({ name, expression: overPod(expression) }));
  const validation = over === 'pods' ? ofPod(document) : ofContainers(document, judged?.containers ?? 'containers');
  const [list] = over === 'containers' ? (judged?.variables ?? []) : [];
  if (list) own.push(list);
  const texts = [...own.map(({ expression }) => expression), validation.expression, validation.messageExpression ?? ''];
  return { variables: [...variablesFor(texts), ...own], validations: [validation] };
}

/** Params as a policy and its binding name them. @param mode a fault of the configuration refuses, whatever the actions of a binding are. */
export function paramsOf({ params }: CelDocument, mode: Mode): { paramKind: ParamKind; paramRef: ParamRef } | undefined {
  if (params === undefined) return undefined;
  const { apiVersion, kind, name, namespace, scope = 'Namespaced' } = params;
  const place = scope === 'Namespaced' && namespace !== undefined ? { namespace } : {};
  const parameterNotFoundAction = mode === 'Enforce' ? 'Deny' : 'Allow';
  return { paramKind: { apiVersion, kind }, paramRef: { name, ...place, parameterNotFoundAction } };
}

function plain({ expression, message, messageExpression }: CelDocument): Validation {
  return { expression, reason: 'Forbidden', ...messageOf(message), ...(messageExpression !== undefined && { messageExpression }) };
}

/** An expression that names the pod, with the pod: the macro binds the name, so nothing inside has to be rewritten. */
const overPod = (expression: string): string => `[variables.pod].map(pod, ${inner(expression)})[0]`;

function ofPod({ expression, message, messageExpression }: CelDocument): Validation {
  return {
    expression: `[variables.pod].all(pod, ${inner(expression)})`,
    reason: 'Forbidden',
    ...messageOf(message),
    ...(messageExpression !== undefined && { messageExpression: overPod(messageExpression) }),
  };
}

function ofContainers({ expression, message, messageExpression }: CelDocument, list: string): Validation {
  const told = messageExpression ?? quoted(oneLine(message ?? `is refused where this is not true: ${expression}`));
  const each = `'container "' + container.name + '": ' + ${inner(told)}`;
  const texts = `variables.${list}.filter(container, !${inner(expression)}).map(container, ${each})`;
  return {
    expression: `[variables.pod].all(pod, variables.${list}.all(container, ${inner(expression)}))`,
    reason: 'Forbidden',
    ...messageOf(message),
    messageExpression: overPod(`${texts}.join('; ')`),
  };
}

/** On lines of its own, so that a comment at its end ends with it. */
const inner = (expression: string): string => (expression.includes('//') ? `(${expression}\n)` : `(${expression.trim()})`);

const messageOf = (message: string | undefined): { message?: string } =>
  message === undefined || oneLine(message) === '' ? {} : { message: oneLine(message) };
