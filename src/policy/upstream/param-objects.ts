import type { ParamKind } from '../../api/upstream/expressions.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { ParamObjects } from './params.ts';

/** Objects among policies that are no policy: params, and the definitions of their kinds. */
export function paramObjects(objects: readonly Json[]): ParamObjects {
  const byKind = Map.groupBy(objects.filter(isObject), ({ apiVersion, kind }) => `${text(apiVersion)} ${text(kind)}`);
  const definitions = byKind.get('apiextensions.k8s.io/v1 CustomResourceDefinition') ?? [];
  return {
    of: ({ apiVersion, kind }) => byKind.get(`${apiVersion} ${kind}`) ?? [],
    namespaced(kind) {
      const definition = definitions.find((one) => defines(one, kind));
      const spec = definition && isObject(definition['spec']) ? definition['spec'] : null;
      return spec === null ? undefined : spec['scope'] === 'Namespaced';
    },
  };
}

/** Whether a document is one of these kinds, or the definition of one of them. */
export function servesAsParam(value: Json, kinds: readonly ParamKind[]): boolean {
  if (!isObject(value)) return false;
  return kinds.some((kind) => (value['apiVersion'] === kind.apiVersion && value['kind'] === kind.kind) || defines(value, kind));
}

/** Whether a CustomResourceDefinition defines the kind. */
export function defines({ apiVersion, kind, spec }: JsonObject, wanted: ParamKind): boolean {
  if (apiVersion !== 'apiextensions.k8s.io/v1' || kind !== 'CustomResourceDefinition' || !isObject(spec)) return false;
  const names = isObject(spec['names']) ? spec['names'] : {};
  return names['kind'] === wanted.kind && wanted.apiVersion.startsWith(`${text(spec['group'])}/`);
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
