import { admissionEnvironment } from '../../cel/admission-environment.ts';
import type { Environment } from '../../cel/environment.ts';
import type { Functions } from '../../cel/function.ts';
import { functions } from '../../cel/function.ts';
import { kubernetesFunctions } from '../../cel/kubernetes-functions.ts';
import { optionals } from '../../cel/library/optional.ts';
import { standard } from '../../cel/library/standard.ts';
import type { Type } from '../../cel/type.ts';
import { dyn, object } from '../../cel/type.ts';
import { hashLibrary } from './kyverno/hash.ts';
import { imageLibrary } from './kyverno/image.ts';
import { mathLibrary } from './kyverno/math.ts';
import { kyvernoObjects, objectLibrary } from './kyverno/objects.ts';
import { jsonType, textLibrary, yamlType } from './kyverno/texts.ts';
import { timeLibrary, timeType } from './kyverno/time.ts';
import type { EnvironmentOf } from './program.ts';

const allFunctions: Functions = functions(standard, optionals, [...kubernetesFunctions().values()].flat());

/** What the expressions of a ValidatingAdmissionPolicy may name. @param params whether it has a paramKind. */
export const admissionPolicyEnvironment =
  (params: boolean): EnvironmentOf =>
  (asked) =>
    admissionEnvironment(allFunctions, { params, ...asked });

/** What the expressions of Kyverno's own policies may name: the same, and of Kyverno's libraries those that ask nobody. */
export const kyvernoEnvironment: EnvironmentOf = ({ variables }): Environment => {
  const base = admissionEnvironment(allFunctions, { params: false, authorizer: false, variables });
  const request = base.objects.get(REQUEST) ?? new Map<string, Type>();
  return {
    functions: kyvernoFunctions,
    variables: new Map([...base.variables, ...kyvernoVariables]),
    objects: new Map([...base.objects, ...kyvernoObjects, [REQUEST, new Map([...request, ...requestObjects])]]),
  };
};

const REQUEST = 'kubernetes.AdmissionRequest';

/** For Kyverno the request has the objects, too. */
const requestObjects: readonly (readonly [string, Type])[] = [
  ['object', dyn],
  ['oldObject', dyn],
];

const kyvernoVariables: readonly (readonly [string, Type])[] = [
  ['exceptions', object('libs.Exception')],
  ['json', jsonType],
  ['yaml', yamlType],
  ['time', timeType],
];

const kyvernoLibraries = [imageLibrary, hashLibrary, textLibrary, timeLibrary, mathLibrary, objectLibrary];

const kyvernoFunctions: Functions = functions([...allFunctions.values()].flat(), ...kyvernoLibraries);
