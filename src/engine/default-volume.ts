import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';

/** The one default of the API server that a check can see: a volume that names no source is an emptyDir (core/v1 SetDefaults_Volume). */
export function defaultVolume(volume: Json): Json {
  const named = volume ?? {};
  if (!isObject(named)) return volume;
  const hasSource = Object.keys(named).some((key) => key !== 'name' && named[key] != null);
  return hasSource ? volume : { ...named, emptyDir: {} };
}
