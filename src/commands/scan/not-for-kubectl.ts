import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';

/** Files that look like objects and are read by a program other than the API server, by `kind` and the group of `apiVersion`. */
const otherReaders: readonly { readonly kind: RegExp; readonly group: RegExp; readonly reason: string }[] = [
  { kind: /^(Kustomization|Component)$/, group: /^kustomize\.config\.k8s\.io$/, reason: 'a kustomization: name its folder to judge what it makes' },
  { kind: /^Config$/, group: /^$/, reason: 'a kubeconfig' },
  { kind: /^GuardrailTest$/, group: /^sallyport\.dev$/, reason: 'a test of guardrails, which sallyport test runs' },
]; // prettier-ignore

/** Why a document is no object that an API server would be sent; null where it is one. */
export function notForKubectl(value: Json): string | null {
  if (!isObject(value)) return 'no Kubernetes object';
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return 'no Kubernetes object';
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return otherReaders.find((reader) => reader.kind.test(kind) && reader.group.test(group))?.reason ?? null;
}

/** Why text that cannot be read was not meant for kubectl; null where it may have been, so that it must not be passed over. */
export function unreadableFor(text: string): string | null {
  if (/^[^#]*\{\{/m.test(text)) return 'a template, which cannot be judged before it is rendered: name its chart';
  return text.includes('apiVersion') ? null : 'not readable, and no Kubernetes object: it names no apiVersion';
}
