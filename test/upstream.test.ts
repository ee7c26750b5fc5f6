import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { CaseDocument } from '../src/api/policy-test.ts';
import { subjectOf } from '../src/commands/test/request.ts';
import type { Facts } from '../src/engine/facts.ts';
import type { Mode } from '../src/engine/finding.ts';
import type { JsonObject } from '../src/kube/json.ts';
import { guardrailSet } from '../src/policy/guardrail-set.ts';
import { judge } from '../src/policy/judge.ts';
import { loadGuardrails } from '../src/policy/load.ts';
import { registeredUpstream } from '../src/policy/upstream/registered-upstream.ts';
import { withUpstream } from '../src/policy/upstream/with-upstream.ts';
import { readDocuments } from '../src/yaml/read.ts';

const rules = '[{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments] }]';
const head = 'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: { name: p }\n';
const vap = (spec: string): string => `${head}spec: { matchConstraints: { resourceRules: ${rules} }, ${spec} }\n---\n`;
const binding = (spec = 'validationActions: [Deny]', name = 'b'): string =>
  `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: { name: ${name} }\nspec: { policyName: p, ${spec} }\n---\n`;
const bound = (spec: string, more?: string): string => vap(spec) + binding(more);
const limits = (name: string, replicas: number, labels = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: default, labels: { ${labels} } }\ndata: { replicas: "${replicas}" }\n---\n`;

const vpol = (spec: string, more = ''): string =>
  `apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: { name: p, annotations: { policies.kyverno.io/severity: high } }\nspec: { matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }] }, ${spec} }\n---\n${more}`;
const exception = (spec: string): string =>
  `apiVersion: policies.kyverno.io/v1beta1\nkind: PolicyException\nmetadata: { name: e, namespace: default }\nspec: { policyRefs: [{ name: p, kind: ValidatingPolicy }], ${spec} }\n`;
const cpol = (rule: string, spec = 'validationFailureAction: Enforce', annotations = ''): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: { name: p, annotations: { ${annotations} } }\nspec: { ${spec}, rules: [{ name: r, ${rule} }] }\n`;
const onPods = 'match: { any: [{ resources: { kinds: [Pod] } }] }';
const template = (source: string, parameters = '', more = ''): string =>
  `apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: { name: k8sowner }\nspec: { crd: { spec: { names: { kind: K8sOwner }, validation: { openAPIV3Schema: { properties: { ${parameters} } } } } }, targets: [{ target: admission.k8s.gatekeeper.sh, ${more} code: [{ engine: K8sNativeValidation, source: { ${source} } }] }] }\n---\n`;
const constraint = (spec: string): string =>
  `apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sOwner\nmetadata: { name: c }\nspec: { ${spec} }\n`;
const owner = `validations: [{ expression: '"owner" in variables.anyObject.metadata.labels', message: no owner }]`;

const deployment =
  '{ apiVersion: apps/v1, kind: Deployment, metadata: { name: d, labels: { app: a } }, spec: { replicas: 5, template: { metadata: { labels: { app: a } }, spec: { hostNetwork: true, containers: [{ name: c, image: "nginx:1" }] } } } }';
const cronJob =
  '{ apiVersion: batch/v1, kind: CronJob, metadata: { name: j, namespace: shop }, spec: { jobTemplate: { spec: { template: { spec: { hostNetwork: true } } } } } }';
const pod =
  '{ apiVersion: v1, kind: Pod, metadata: { name: a, labels: { app: a } }, spec: { hostNetwork: true, containers: [{ name: c, image: "nginx:1" }] } }';

type Row = [name: string, policies: string, object: string, expected: readonly string[], more?: Partial<CaseDocument> & { ceiling?: Mode }];

const replicas = 'validations: [{ expression: "object.spec.replicas <= 3" }]';
const refused = 'Enforce validations[0] spec.replicas: failed expression: object.spec.replicas <= 3';
const privileged = `validations: [{ expression: "object.spec.?hostNetwork.orValue(false) == false", message: no host network }]`;

const rows: Row[] = [
  ['an admission policy refuses what its validation does not allow', bound(replicas), deployment, [refused]],
  ['an admission policy without a binding judges nothing', vap(replicas), deployment, ['skip']],
  ['Warn warns', bound(replicas, 'validationActions: [Warn]'), deployment, [refused.replace('Enforce', 'Warn')]],
  ['Audit is listed', bound(replicas, 'validationActions: [Audit]'), deployment, [refused.replace('Enforce', 'Audit')]],
  ['Deny and Audit deny', bound(replicas, 'validationActions: [Audit, Deny]'), deployment, [refused]],
  ['of two bindings the stricter stays', bound(replicas, 'validationActions: [Audit]') + binding('validationActions: [Deny]', 'c'), deployment, [refused]],
  ['the ceiling caps an action', bound(replicas), deployment, [refused.replace('Enforce', 'Warn')], { ceiling: 'Warn' }],
  ['a message stands', bound('validations: [{ expression: "object.spec.replicas <= 3", message: " too many " }]'), deployment, ['Enforce validations[0] spec.replicas: too many']],
  ['a message expression goes first', bound(`validations: [{ expression: "object.spec.replicas <= 3", message: m, messageExpression: "'got ' + string(object.spec.replicas)" }]`), deployment, ['Enforce validations[0] spec.replicas: got 5']],
  ['a message expression that fails gives way to the message', bound('validations: [{ expression: "object.spec.replicas <= 3", message: m, messageExpression: "object.spec.nope" }]').replace('"object.spec.nope"', '"string(object.spec.nope)"'), deployment, ['Enforce validations[0] spec.replicas: m']],
  ['a message expression of two lines gives way to the message', bound(`validations: [{ expression: "object.spec.replicas <= 3", message: m, messageExpression: "'a\\\\nb'" }]`), deployment, ['Enforce validations[0] spec.replicas: m']],
  ['every validation is evaluated', bound('validations: [{ expression: "object.spec.replicas <= 3" }, { expression: "object.spec.replicas <= 9" }, { expression: "object.spec.paused", message: x }]').replace('"object.spec.paused"', '"object.spec.paused == false"'), deployment, [refused, "Enforce validations[2] spec.paused: expression 'object.spec.paused == false' resulted in error: no such key: paused"]],
  ['an error is let pass under Ignore', bound('failurePolicy: Ignore, validations: [{ expression: "object.spec.paused == false" }]'), deployment, []],
  ['a violation is refused under Ignore', bound(`failurePolicy: Ignore, ${replicas}`), deployment, [refused]],
  ['variables are evaluated for those who use them', bound('variables: [{ name: count, expression: object.spec.replicas }, { name: bad, expression: object.nope }], validations: [{ expression: "variables.count <= 3" }]'), deployment, ['Enforce validations[0] spec.replicas: failed expression: variables.count <= 3']],
  ['a variable that fails is named', bound('variables: [{ name: bad, expression: object.nope }], validations: [{ expression: "variables.bad == 1" }]'), deployment, [`Enforce validations[0] nope: expression 'variables.bad == 1' resulted in error: composited variable "bad" fails to evaluate: no such key: nope`]],
  ['a condition that does not hold leaves the object alone', bound(`matchConditions: [{ name: a, expression: "object.nope == 1" }, { name: b, expression: "false" }], ${replicas}`), deployment, ['skip']],
  ['a condition that fails refuses', bound(`matchConditions: [{ name: a, expression: "object.nope == 1" }], ${replicas}`), deployment, ["Enforce matchConditions : expression 'object.nope == 1' resulted in error: no such key: nope"]],
  ['two conditions that fail are named in one', bound(`matchConditions: [{ name: a, expression: "object.nope == 1" }, { name: b, expression: "object.no == 1" }], ${replicas}`), deployment, ["Enforce matchConditions : [expression 'object.nope == 1' resulted in error: no such key: nope, expression 'object.no == 1' resulted in error: no such key: no]"]],
  ['a condition that fails under Ignore leaves the object alone', bound(`failurePolicy: Ignore, matchConditions: [{ name: a, expression: "object.nope == 1" }], ${replicas}`), deployment, ['skip']],
  ['a binding narrows what the policy matches', bound(replicas, 'validationActions: [Deny], matchResources: { objectSelector: { matchLabels: { app: b } } }'), deployment, ['skip']],
  ['a binding without rules of its own matches what the policy does', bound(replicas, 'validationActions: [Deny], matchResources: { objectSelector: { matchLabels: { app: a } } }'), deployment, [refused]],
  ['labels of the namespace decide', bound(replicas, 'validationActions: [Deny], matchResources: { namespaceSelector: { matchLabels: { env: test } } }'), deployment, ['skip'], { namespaceLabels: { env: 'prod' } }],
  ['the namespace can be read', bound(`validations: [{ expression: "namespaceObject.metadata.labels.env == 'prod'" }]`), deployment, ["Enforce validations[0] : failed expression: namespaceObject.metadata.labels.env == 'prod'"], { namespaceLabels: { env: 'test' } }],
  ['the request can be read', bound(`validations: [{ expression: "request.operation == 'UPDATE' && request.userInfo.username == 'me' && oldObject.spec.replicas == 1" }]`), deployment, [], { oldObject: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { replicas: 1 } }, user: { username: 'me' } }],
  ['what leaves out its namespace is in the one that it goes to', bound(`validations: [{ expression: "object.metadata.namespace == 'default'" }]`), deployment, []],
  ['what a file leaves to the API server is filled in', bound(`validations: [{ expression: "object.spec.replicas == 1 && object.spec.template.spec.restartPolicy == 'Always' && !has(object.spec.template.metadata.annotations) && has(object.spec.template.spec.containers[0].resources) && object.spec.template.spec.containers[0].imagePullPolicy == 'IfNotPresent'" }]`), deployment.replace('replicas: 5, ', ''), []],
  ['quantities are as the API server writes them', bound(`validations: [{ expression: "object.spec.template.spec.containers.all(c, c.resources.limits == {'cpu': '1', 'memory': '1Gi'})" }]`), deployment.replace('image:', 'resources: { limits: { cpu: 1, memory: 1024Mi } }, image:'), []],
  ['a pod has the token of its account, its requests and the ports of its host', bound(`validations: [{ expression: "object.spec.volumes.exists(v, has(v.projected)) && object.spec.containers.all(c, c.volumeMounts.exists(m, m.readOnly) && c.resources.requests.cpu == '500m' && c.ports[0].hostPort == 80) && object.spec.serviceAccountName == 'default'" }]`).replace('[apps]', "['']").replace('[deployments]', '[pods]'), pod.replace('image:', 'ports: [{ containerPort: 80 }], resources: { limits: { cpu: 0.5 } }, image:'), []],
  ['a field of a pod that says nothing is none', bound(`validations: [{ expression: "!has(object.spec.template.spec.hostNetwork) && object.spec.template.spec.containers.all(c, !has(c.ports) && has(c.securityContext.privileged))" }]`), deployment.replace('hostNetwork: true', 'hostNetwork: false').replace('image:', 'ports: [], securityContext: { privileged: false }, image:'), []],
  ['what a cluster stored is taken as it is', bound(`validations: [{ expression: "!has(object.spec.volumes)" }]`).replace('[apps]', "['']").replace('[deployments]', '[pods]'), pod.replace('name: a,', 'name: a, uid: u,'), []],
  ['and none that does not want one', bound(`validations: [{ expression: "!has(object.spec.volumes)" }]`).replace('[apps]', "['']").replace('[deployments]', '[pods]'), pod.replace('hostNetwork', 'automountServiceAccountToken: false, hostNetwork'), []],
  ['a service leads to the port of its own number', bound(`validations: [{ expression: "object.spec.ports.all(p, p.targetPort != 22 && p.protocol == 'TCP')" }]`).replace('[apps]', "['']").replace('[deployments]', '[services]'), '{ apiVersion: v1, kind: Service, metadata: { name: s }, spec: { ports: [{ port: 80 }, { port: 22 }] } }', ["Enforce validations[0] spec.ports[1]: failed expression: object.spec.ports.all(p, p.targetPort != 22 && p.protocol == 'TCP')"]],
  ['Kyverno judges a file as it is written', vpol('validations: [{ expression: "!has(object.spec.restartPolicy) && !has(object.spec.volumes)" }]'), pod, []],
  ['an authorizer that nobody can ask is an error in words', bound(`validations: [{ expression: "authorizer.group('').resource('pods').check('get').allowed()" }]`), deployment, ["Enforce validations[0] : expression 'authorizer.group('').resource('pods').check('get').allowed()' resulted in error: only the API server knows who may do what, and it was not asked"]],
  ['a param by its name', bound('paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "object.spec.replicas <= int(params.data.replicas)" }]', 'validationActions: [Deny], paramRef: { name: l }') + limits('l', 9), deployment, []],
  ['every param that a selector finds must allow', bound(`paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "object.spec.replicas <= int(params.data.replicas)", messageExpression: "'more than ' + params.data.replicas" }]`, 'validationActions: [Deny], paramRef: { selector: { matchLabels: { l: x } } }') + limits('a', 4, 'l: x') + limits('b', 3, 'l: x') + limits('c', 2), deployment, ['Enforce validations[0] spec.replicas: more than 4', 'Enforce validations[0] spec.replicas: more than 3']],
  ['a param that is not there refuses, whatever the action', bound('paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "params.data.a == \'b\'" }]', 'validationActions: [Audit], paramRef: { name: l }'), deployment, ['Enforce params : failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction']],
  ['a param that need not be there is not missed', bound('paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "params.data.a == \'b\'" }]', 'validationActions: [Deny], paramRef: { name: l, parameterNotFoundAction: Allow }'), deployment, ['skip']],
  ['without a reference params are null', bound('paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "params == null" }]'), deployment, []],
  ['an audit annotation that fails refuses, whatever the action', bound('auditAnnotations: [{ key: k, valueExpression: "string(object.nope)" }]', 'validationActions: [Audit]'), deployment, ["Enforce auditAnnotations : expression 'string(object.nope)' resulted in error: no such key: nope"]],
  ['an expression that costs too much is an error', bound('validations: [{ expression: "lists.range(100000).all(x, lists.range(100).all(y, true))" }]'), deployment, ["Enforce validations[0] : expression 'lists.range(100000).all(x, lists.range(100).all(y, true))' resulted in error: operation cancelled: actual cost limit exceeded"]],

  ['a ValidatingPolicy denies by default, in the severity of its annotation', vpol(privileged), pod, ['Enforce validations[0] spec.hostNetwork: no host network']],
  ['Audit of a ValidatingPolicy is listed', vpol(`validationActions: [Audit], ${privileged}`), pod, ['Audit validations[0] spec.hostNetwork: no host network']],
  ['what is off at admission is no more than an audit', vpol(`evaluation: { admission: { enabled: false } }, ${privileged}`), pod, ['Audit validations[0] spec.hostNetwork: no host network']],
  ['without a message the index is told', vpol('validations: [{ expression: "!object.spec.hostNetwork" }]').replace('!object.spec.hostNetwork', 'object.spec.hostNetwork == false'), pod, ['Enforce validations[0] spec.hostNetwork: CEL expression validation failed at index 0']],
  ['a policy on pods judges the template of a deployment', vpol(privileged), deployment, ['Enforce validations[0] spec.template.spec.hostNetwork: no host network']],
  ['ephemeral containers beside pods change nothing of that', vpol(privileged).replace('resources: [pods]', 'resources: [pods, pods/ephemeralcontainers]'), deployment, ['Enforce validations[0] spec.template.spec.hostNetwork: no host network']],
  ['another resource beside pods does', vpol(privileged).replace('resources: [pods]', 'resources: [pods, services]'), deployment, ['skip']],
  ['a validation may have an identifier', vpol('validations: [{ identifier: host, expression: "object.spec.hostNetwork == false", message: nope }]'), pod, ['Enforce validations[0] spec.hostNetwork: nope']],
  ['ephemeral containers beside pods change nothing of that', vpol(privileged).replace('resources: [pods]', 'resources: [pods, pods/ephemeralcontainers]'), deployment, ['Enforce validations[0] spec.template.spec.hostNetwork: no host network']],
  ['another resource beside pods does', vpol(privileged).replace('resources: [pods]', 'resources: [pods, services]'), deployment, ['skip']],
  ['a validation may have an identifier', vpol('validations: [{ identifier: host, expression: "object.spec.hostNetwork == false", message: nope }]'), pod, ['Enforce validations[0] spec.hostNetwork: nope']],
  ['and that of a cron job', vpol(privileged), cronJob, ['Enforce validations[0] spec.jobTemplate.spec.template.spec.hostNetwork: no host network']],
  ['only the controllers that it names', vpol(`autogen: { podControllers: { controllers: [statefulsets] } }, ${privileged}`), deployment, ['skip']],
  ['none where it names none', vpol(`autogen: { podControllers: { controllers: [none] } }, ${privileged}`), cronJob, ['skip']],
  ['none where it names none by the first name of the field', vpol(`generation: { podControllers: { controllers: [] } }, ${privileged}`), deployment, ['skip']],
  ['controllers that it names as kinds, where it matches them itself', vpol(`autogen: { podControllers: { controllers: [Deployment] } }, validations: [{ expression: "false" }]`).replace('resources: [pods] }', 'resources: [pods] }, { apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments] }'), deployment, ['Enforce validations[0] : CEL expression validation failed at index 0']],
  ['versions that a rule leaves out are any', vpol('validations: [{ expression: "object.apiVersion == \'v1\'" }]').replaceAll('apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]', 'apiGroups: [apps], operations: [CREATE], resources: [deployments]'), deployment, ['Enforce validations[0] apiVersion: CEL expression validation failed at index 0']],
  ['name and namespace stay those of the controller', vpol(`matchConditions: [{ name: a, expression: "object.metadata.namespace == 'shop' && object.metadata.name == 'j'" }], ${privileged}`), cronJob, ['Enforce validations[0] spec.jobTemplate.spec.template.spec.hostNetwork: no host network']],
  ['messages are rewritten, too', vpol(`validations: [{ expression: "object.spec.hostNetwork == false", message: "set object.spec.hostNetwork" }]`), deployment, ['Enforce validations[0] spec.template.spec.hostNetwork: set object.spec.template.spec.hostNetwork']],
  ['an exception excuses', vpol(privileged, exception(`matchConditions: [{ name: a, expression: "object.metadata.name == 'a'" }]`)), pod, ['Enforce validations[0] spec.hostNetwork: no host network (excepted)']],
  ['an exception for others does not', vpol(privileged, exception(`matchConditions: [{ name: a, expression: "object.metadata.name == 'b'" }]`)), pod, ['Enforce validations[0] spec.hostNetwork: no host network']],
  ['an exception that has run out does not', vpol(privileged, exception('expiresAt: "2020-01-01T00:00:00Z"')), pod, ['Enforce validations[0] spec.hostNetwork: no host network']],
  ['an exception may name images', vpol('validations: [{ expression: "object.spec.containers.all(c, c.image in exceptions.allowedImages)" }]', exception('images: ["nginx:1"]')), pod, []],
  ['the request of Kyverno holds the object', vpol(`validations: [{ expression: "request.object.spec.hostNetwork == object.spec.hostNetwork && request.oldObject == null" }]`), deployment, []],
  ['Kyverno reads images', vpol(`validations: [{ expression: "object.spec.containers.all(c, image(c.image).registry() == 'index.docker.io' && image(c.image).repository() == 'library/nginx' && parseImageReference(c.image).tag() == '1' && !image(c.image).containsDigest() && isImage(c.image))" }]`), pod, []],
  ['Kyverno hashes, parses and rounds', vpol(`validations: [{ expression: "sha256('a') == hash.sha256('a') && json.unmarshal('{\\"a\\": 1}').a == 1 && yaml.parse('a: 1').a == 1 && json.marshal({'b': 1, 'a': 2}) == '{\\"a\\":2,\\"b\\":1}' && math.round(2.345, 1) == 2.3 && math.greatest(1, 3, 2) == 3 && base64.decode('YQ==') == b'a' && time.toCron(timestamp('2025-01-02T15:30:00Z')) == '30 15 2 1 4' && time.now() > timestamp('2026-01-01T00:00:00Z') && listObjToMap([{'k': 'a'}], [{'v': 'b'}], 'k', 'v').a == 'b' && parseServiceAccount('system:serviceaccount:ns:sa').Name == 'sa'" }]`), pod, []],

  ['a ClusterPolicy audits by default', cpol(`${onPods}, validate: { message: bad, cel: { expressions: [{ expression: "false" }] } }`, 'background: true'), pod, ['Audit r : bad']],
  ['an error of a ClusterPolicy counts under Ignore', cpol(`${onPods}, validate: { cel: { expressions: [{ expression: "object.spec.nope == 1" }] } }`, 'failurePolicy: Ignore'), pod, ["Audit r spec.nope: expression 'object.spec.nope == 1' resulted in error: no such key: nope"]],
  ['for a role nobody is spared whose roles are not known', cpol(`${onPods}, exclude: { clusterRoles: [cluster-admin] }, validate: { cel: { expressions: [{ expression: "false" }] } }`), pod, ['Enforce r : failed expression: false'], { user: { username: 'me', groups: ['system:authenticated'] } }],
  ['and system:masters are cluster-admin', cpol(`${onPods}, exclude: { any: [{ clusterRoles: ["cluster-*"] }] }, validate: { cel: { expressions: [{ expression: "false" }] } }`), pod, ['skip'], { user: { username: 'me', groups: ['system:masters'] } }],
  ['but have no other role that is known', cpol(`${onPods}, exclude: { roles: [cluster-admin] }, validate: { cel: { expressions: [{ expression: "false" }] } }`), pod, ['Enforce r : failed expression: false'], { user: { username: 'me', groups: ['system:masters'] } }],
  ['a rule may enforce', cpol(`${onPods}, validate: { failureAction: Enforce, cel: { expressions: [{ expression: "true" }, { expression: "false", message: bad }] } }`, 'background: true'), pod, ['Enforce r[1] : bad']],
  ['Audit that warns', cpol(`${onPods}, validate: { cel: { expressions: [{ expression: "false" }] } }`, 'emitWarning: true'), pod, ['Warn r : failed expression: false']],
  ['an override by namespace', cpol(`${onPods}, validate: { cel: { expressions: [{ expression: "false" }] } }`, 'validationFailureAction: Audit, validationFailureActionOverrides: [{ action: Enforce, namespaces: ["def*"] }]'), pod, ['Enforce r : failed expression: false']],
  ['a rule on pods judges controllers under a name of its own', cpol(`${onPods}, validate: { cel: { expressions: [{ expression: "!object.spec.hostNetwork" }] } }`).replace('!object.spec.hostNetwork', 'object.spec.hostNetwork == false'), cronJob, ['Enforce autogen-cronjob-r spec.jobTemplate.spec.template.spec.hostNetwork: failed expression: object.spec.jobTemplate.spec.template.spec.hostNetwork == false']],
  ['not where the annotation says none', cpol(`${onPods}, validate: { cel: { expressions: [{ expression: "false" }] } }`, 'validationFailureAction: Enforce', 'pod-policies.kyverno.io/autogen-controllers: none'), deployment, ['skip']],
  ['exclude wins', cpol(`${onPods}, exclude: { any: [{ resources: { namespaces: [default] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }`), pod, ['skip']],
  ['kinds by group, version and wildcard', cpol('match: { any: [{ resources: { kinds: ["apps/v1/Deploy*"], selector: { matchLabels: { app: a } }, names: ["d*"] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }'), deployment, ['Enforce r : failed expression: false']],
  ['the kinds v1/Deployment', cpol('match: { any: [{ resources: { kinds: [v1/Deployment] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }', undefined, 'pod-policies.kyverno.io/autogen-controllers: none'), deployment, ['Enforce r : failed expression: false']],
  ['the kinds */Deployment', cpol('match: { any: [{ resources: { kinds: ["*/Deployment"] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }', undefined, 'pod-policies.kyverno.io/autogen-controllers: none'), deployment, ['Enforce r : failed expression: false']],
  ['the kinds */*', cpol('match: { any: [{ resources: { kinds: ["*/*"] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }', undefined, 'pod-policies.kyverno.io/autogen-controllers: none'), deployment, ['Enforce r : failed expression: false']],
  ['the kinds *', cpol('match: { any: [{ resources: { kinds: ["*"] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }', undefined, 'pod-policies.kyverno.io/autogen-controllers: none'), deployment, ['Enforce r : failed expression: false']],
  ['the kinds Deployment/scale', cpol('match: { any: [{ resources: { kinds: [Deployment/scale] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }', undefined, 'pod-policies.kyverno.io/autogen-controllers: none'), deployment, ['skip']],
  ['the kinds apps/v2/Deployment', cpol('match: { any: [{ resources: { kinds: ["apps/v2/Deployment"] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }', undefined, 'pod-policies.kyverno.io/autogen-controllers: none'), deployment, ['skip']],
  ['the kinds */scale', cpol('match: { any: [{ resources: { kinds: ["*/scale"] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }', undefined, 'pod-policies.kyverno.io/autogen-controllers: none'), deployment, ['skip']],
  ['all of the filters', cpol('match: { all: [{ resources: { kinds: [Pod] } }, { resources: { operations: [DELETE] } }] }, validate: { cel: { expressions: [{ expression: "false" }] } }'), pod, ['skip']],
  ['subjects', cpol('match: { any: [{ resources: { kinds: [Pod] }, subjects: [{ kind: User, name: me }] }] }, validate: { cel: { expressions: [{ expression: "false" }] } }'), pod, ['Enforce r : failed expression: false'], { user: { username: 'me' } }],
  ['a precondition that does not hold', cpol(`${onPods}, celPreconditions: [{ name: a, expression: "false" }], validate: { cel: { expressions: [{ expression: "false" }] } }`), pod, ['skip']],

  ['a constraint refuses by its template', template(owner) + constraint('match: { kinds: [{ apiGroups: [""], kinds: [Pod] }] }'), pod, ['Enforce validations[0] metadata.labels: no owner']],
  ['dryrun is an audit', template(owner) + constraint('enforcementAction: dryrun'), pod, ['Audit validations[0] metadata.labels: no owner']],
  ['of scoped actions those at admission', template(owner) + constraint('enforcementAction: scoped, scopedEnforcementActions: [{ action: deny, enforcementPoints: [{ name: audit.gatekeeper.sh }] }, { action: warn, enforcementPoints: [{ name: validation.gatekeeper.sh }] }]'), pod, ['Warn validations[0] metadata.labels: no owner']],
  ['other kinds are left alone', template(owner) + constraint('match: { kinds: [{ apiGroups: ["apps"], kinds: ["*"] }] }'), pod, ['skip']],
  ['namespaces by glob', template(owner) + constraint('match: { namespaces: ["def*"] }'), pod, ['Enforce validations[0] metadata.labels: no owner']],
  ['excluded namespaces by glob', template(owner) + constraint('match: { excludedNamespaces: ["*ault"] }'), pod, ['skip']],
  ['labels of the object', template(owner) + constraint('match: { labelSelector: { matchLabels: { app: b } } }'), pod, ['skip']],
  ['scope and name', template(owner) + constraint('match: { scope: Namespaced, name: "a*" }'), pod, ['Enforce validations[0] metadata.labels: no owner']],
  ['objects of the cluster', template(owner) + constraint('match: { scope: Cluster }'), pod, ['skip']],
  ['parameters, with the defaults of the schema', template('validations: [{ expression: "variables.params.key in object.metadata.labels", messageExpression: "\'no \' + variables.params.key" }]', 'key: { type: string, default: team }') + constraint('parameters: {}'), pod, ['Enforce validations[0] metadata.labels: no team']],
  ['without parameters they are null', template('validations: [{ expression: "variables.params == null" }]') + constraint(''), pod, []],
  ['what is deleted is what it was', template(owner, '', 'operations: [DELETE],') + constraint(''), pod, ['Enforce validations[0] metadata.labels: no owner'], { operation: 'DELETE' }],
]; // prettier-ignore

test.each(rows)('%s', (_name, policies, object, expected, more = {}) => {
  const { ceiling = 'Enforce', ...asked } = more;
  expect(found(policies, object, asked, ceiling)).toEqual(expected);
});

/** What the policies find, as `MODE RULE PATH: MESSAGE`, or that they have nothing to say. */
function found(policies: string, object: string, asked: Partial<CaseDocument>, ceiling: Mode): string[] {
  const { upstream, errors } = load(policies, ceiling);
  expect(errors).toEqual([]);
  const set = withUpstream(guardrailSet([], ceiling), upstream);
  const { namespaceLabels = {}, ...request } = asked;
  const facts: Facts = {
    now: Date.parse('2026-12-01T00:00:00Z'),
    namespace: (name) => ({ labels: { ...namespaceLabels, 'kubernetes.io/metadata.name': name } }),
  };
  const { verdict, findings } = judge(set, subjectOf(request, objectOf(object)), facts);
  if (verdict === 'skip') return ['skip'];
  return findings.map(
    ({ mode, rule, path, message, state }) => `${mode} ${rule} ${path}: ${message}${state === 'active' ? '' : ` (${state})`}`,
  );
}

function objectOf(text: string): JsonObject {
  const [document] = readDocuments(text);
  if (document === undefined || 'error' in document) throw new Error('the row holds no object');
  return document.value as JsonObject;
}

const two = deployment.replace(
  'containers: [{',
  'initContainers: [{ name: i, image: a }], containers: [{ name: a, image: "a:1", ports: [{ containerPort: 1 }] }, {',
);
const cs = 'object.spec.template.spec.containers';
const places: [path: string, expression: string, variables?: string][] = [
  ['spec.template.spec.containers[1].image', `${cs}.all(c, c.image.startsWith('a'))`],
  ['spec.template.spec.containers[1].image', `!${cs}.exists(c, c.image == 'nginx:1')`],
  ['spec.template.spec.containers[1]', `has(object.spec.paused) || ${cs}.all(c, has(c.ports) && c.image != 'b')`],
  ['spec.template.spec.containers[1].ports', `${cs}.all(c, has(c.ports))`],
  ['spec.template.spec.containers[0]', `${cs}.all(c, c.name == 'b')`],
  ['spec.template.spec.containers[1].ports', `variables.cs.all(c, has(c.ports))`, `{ name: cs, expression: ${cs} }`],
  ['spec.template.spec.initContainers[0].ports', `object.spec.template.spec.?initContainers.orValue([]).all(c, has(c.ports))`],
  ['spec.template.spec', `(${cs} + object.spec.template.spec.initContainers).all(c, has(c.ports))`],
  ['spec.template.spec.containers', `${cs}.filter(c, has(c.ports)).all(c, c.image == 'b')`],
  ['spec.template.spec.containers', `${cs}.all(c, has(c.ports)) && ${cs}.all(c, has(c.image))`],
  ['metadata.labels.app', `object.metadata.labels.app == 'b' && object.kind == 'Deployment'`],
  ['metadata.labels', `object.metadata.labels['app'] == 'b' || 'x' in object.metadata.labels`],
  ['kind', `object.kind == 'Pod'`],
  ['', `object.metadata.labels.app == 'b' && object.spec.replicas == 1`],
  ['', `request.operation == 'DELETE'`],
]; // prettier-ignore

test.each(places)('%s is where %s is at fault', (path, expression, variables = '') => {
  const policy = bound(`variables: [${variables}], validations: [{ expression: "${expression}", message: m }]`);
  expect(found(policy, two, {}, 'Enforce')).toEqual([`Enforce validations[0] ${path}: m`]);
});

const load = (text: string, ceiling: Mode = 'Enforce') =>
  loadGuardrails([{ file: 'f.yaml', text, origin: '--policies f.yaml' }], { now: 0, maxLifetime: 1, ceiling });

const registrations: [name: string, policies: string, expected: object][] = [
  ['a policy that denies and fails closed', bound(replicas), { enforce: true, failureMode: 'Fail', places: ['CREATE apps/v1/deployments', 'UPDATE apps/v1/deployments'] }],
  ['one that only audits', bound(`failurePolicy: Ignore, ${replicas}`, 'validationActions: [Audit]'), { enforce: false, failureMode: 'Ignore', places: ['CREATE apps/v1/deployments', 'UPDATE apps/v1/deployments'] }],
  ['one without a binding', vap(replicas), { enforce: false, failureMode: 'Fail', places: [] }],
  ['one on pods and, derived, on stateful sets', vpol(`autogen: { podControllers: { controllers: [statefulsets] } }, ${privileged}`), { enforce: true, failureMode: 'Fail', places: ['CREATE /v1/pods', 'CREATE apps/v1/statefulsets'] }],
  ['a rule that enforces in some namespaces', cpol('match: { any: [{ resources: { kinds: [Service], operations: [DELETE] } }] }, validate: { failureActionOverrides: [{ action: Enforce, namespaces: [a] }], cel: { expressions: [{ expression: "false" }] } }', 'failurePolicy: Ignore'), { enforce: true, failureMode: 'Ignore', places: ['DELETE */*/services'] }],
  ['a constraint', template(owner) + constraint('match: { kinds: [{ apiGroups: [""], kinds: [Pod] }] }'), { enforce: true, failureMode: 'Fail', places: ['CREATE /*/pods', 'UPDATE /*/pods'] }],
]; // prettier-ignore

test.each(registrations)('%s is registered for what it matches', (_name, policies, expected) => {
  const [registered] = load(policies).upstream.policies.map(registeredUpstream);
  const { enforce, failureMode, surface = [] } = registered ?? {};
  const places = surface.map(({ operation, group, version, resource }) => `${operation} ${group}/${version}/${resource}`);
  expect({ enforce, failureMode, places }).toEqual(expected);
});

const broken: [name: string, text: string, errors: readonly string[]][] = [
  ['an expression that does not compile, at its place in a folded text', `${head}spec:\n  matchConstraints: { resourceRules: ${rules} }\n  validations:\n    - expression: >-\n        object.spec.replicas <=\n        3 && objct.x\n`, ["9:14 spec.validations[0].expression: undeclared reference to 'objct' (in container ''); did you mean \"object\"?"]],
  ['every expression that does not compile', bound('variables: [{ name: a, expression: "1 +" }], validations: [{ expression: object.spec.flag }, { expression: "true", messageExpression: "1" }]').replace('"1 +"', '"nope"'), ["4:182 spec.variables[0].expression: undeclared reference to 'nope' (in container '')", '4:220 spec.validations[0].expression: must evaluate to bool but got dyn; did you mean "object.spec.flag == true"?', '4:282 spec.validations[1].messageExpression: must evaluate to string but got int']],
  ['an unknown field', bound('validation: []'), ['4:146 spec.validation: unknown field "validation"; did you mean "validations"?']],
  ['Deny with Warn, and an action twice', vap(replicas) + binding('validationActions: [Deny, Warn, Warn]'), ['9:24 spec.validationActions: Deny and Warn may not be used together', '9:56 spec.validationActions[2]: "Warn" stands here twice']],
  ['a name that is taken', bound(replicas) + vap(replicas), ['13:13 metadata.name: the name "p" is taken by another ValidatingAdmissionPolicy among the policies']],
  ['a mode that judges no Kubernetes objects', vpol(`evaluation: { mode: JSON }, ${privileged}`), ['4:143 spec.evaluation.mode: the mode JSON judges no Kubernetes objects, so it is not supported; Kubernetes is expected']],
  ['a library that asks a cluster', vpol(`variables: [{ name: cm, expression: 'resource.Get("v1", "configmaps", "a", "b")' }], ${privileged}`), ["4:166 spec.variables[0].expression: Kyverno's resource is not supported: it reads and writes objects of a cluster"]],
  ['controllers that nothing can be derived for', vpol(`generation: { podControllers: { controllers: [Deployment] } }, ${privileged}`), ['4:175 spec.generation.podControllers.controllers[0]: rules for "Deployment" cannot be derived; one of daemonsets, deployments, replicasets, statefulsets, jobs, cronjobs, none is expected; did you mean "deployments"?']],
  ['a kind of Kyverno that is not in CEL', 'apiVersion: policies.kyverno.io/v1\nkind: MutatingPolicy\nmetadata: { name: a }\n', ['2:1 kind: MutatingPolicy of policies.kyverno.io is not supported; of this group ValidatingPolicy, NamespacedValidatingPolicy, PolicyException are']],
  ['a rule that is not in CEL', cpol(`${onPods}, validate: { pattern: {} }`), ['4:51 spec.rules[0]: only rules with validate.cel are supported, and this one is validate.pattern']],
  ['roles of users', cpol('match: { any: [{ clusterRoles: [admin] }] }, validate: { cel: { expressions: [{ expression: "true" }] } }'), ['4:79 spec.rules[0].match.any[0].clusterRoles: the field "clusterRoles" is not supported: who has which role is not known here']],
  ['a template in Rego', 'apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: { name: k8sowner }\nspec: { crd: { spec: { names: { kind: K8sOwner } } }, targets: [{ target: t, rego: package x }] }\n---\n' + constraint(''), ['4:65 spec.targets[0]: Rego is not supported; a template needs code for the engine K8sNativeValidation, which this one has not']],
  ['a constraint without a template', constraint(''), ['2:1 kind: there is no ConstraintTemplate among the policies that defines K8sOwner']],
  ['a template whose variable takes a name of the driver', template('variables: [{ name: params, expression: "1" }], validations: [{ expression: "true" }]') + constraint(''), ['4:222 spec.targets[0].code[0].source.variables[0].name: the name params is kept for Gatekeeper itself']],
  ['what is no policy and nobody’s param', limits('l', 1), ['2:1 kind: "ConfigMap" is no kind of policy; Guardrail is expected']],
]; // prettier-ignore

test.each(broken)('%s is refused at its place', (_name, text, expected) => {
  const { errors } = load(text);
  expect(errors.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual(expected);
});

test('what is in order judges beside what is not', () => {
  const { upstream, errors } = load(vap('validations: [{ expression: nope }]') + vpol(privileged));
  expect(errors).toHaveLength(1);
  expect(upstream.policies.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['ValidatingPolicy p']);
});

test('what holds more strictly than it says is told', () => {
  const { warnings } = load(
    cpol(`${onPods}, exclude: { any: [{ roles: [a] }] }, validate: { cel: { expressions: [{ expression: "true" }] } }`),
  );
  expect(warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
    '4 spec.rules[0].exclude: who has which role is not known here: for a role nobody is spared but system:masters, who are cluster-admin',
  ]);
});

test('what judges nothing is told', () => {
  const { warnings } = load(vap(replicas) + binding().replace('policyName: p', 'policyName: q') + template(owner));
  expect(warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
    '9 spec.policyName: there is no ValidatingAdmissionPolicy "q" among the policies',
    '3 metadata.name: no ValidatingAdmissionPolicyBinding among the policies names it, so it judges nothing',
    '13 metadata.name: no constraint among the policies uses it, so it judges nothing',
  ]);
});

test('what stands beside policies and is none is no fault, and is told', () => {
  const definition = `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: limits.example.com }\nspec: { group: example.com, scope: Cluster, names: { kind: Limit } }\n---\n`;
  const suite = 'apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\nmetadata: { name: s }\n---\n';
  const named = bound(replicas, 'validationActions: [Deny], paramRef: { name: l }');
  const { errors, warnings } = load(definition + suite + named + limits('l', 1) + limits('m', 1));
  expect(errors.map(({ message }) => message)).toEqual(['kind: "ConfigMap" is no kind of policy; Guardrail is expected']);
  expect(warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
    '2 kind: no policy takes what this defines as params, so it tells nothing',
    '7 kind: a Suite tests policies and is none, so it judges nothing',
    '21 kind: a binding names it, but no policy takes a ConfigMap as params, so it has no part in any verdict',
  ]);
});

const digest = (text: string, ceiling: Mode = 'Enforce'): string =>
  withUpstream(guardrailSet([], ceiling), load(text, ceiling).upstream).digest;

test('audit annotations are told once for every value', () => {
  const policy = vap(
    `auditAnnotations: [{ key: replicas, valueExpression: "string(object.spec.replicas)" }, { key: none, valueExpression: "''" }], ${replicas}`,
  );
  const set = withUpstream(guardrailSet([], 'Enforce'), load(policy + binding() + binding('validationActions: [Audit]', 'c')).upstream);
  const { annotations } = judge(set, subjectOf({}, objectOf(deployment)));
  expect(annotations).toEqual({ 'p.replicas': '5' });
});

test('the digest covers the policies, their params and the ceiling', () => {
  const policy = bound(
    'paramKind: { apiVersion: v1, kind: ConfigMap }, validations: [{ expression: "params != null" }]',
    'validationActions: [Deny], paramRef: { name: l }',
  );
  const all = [digest(policy + limits('l', 1)), digest(policy + limits('l', 2)), digest(policy), digest(policy, 'Warn'), digest('')];
  expect(new Set(all).size).toBe(5);
  expect(digest(policy + limits('l', 1))).toBe(all[0]);
});

/** Documents of every kind that are nearly right: a field of the spec is anything at all. */
const kinds = [
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', { matchConstraints: { resourceRules: [] }, validations: [{ expression: 'true' }] }],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', { policyName: 'p', validationActions: ['Deny'] }],
  ['policies.kyverno.io/v1', 'ValidatingPolicy', { matchConstraints: { resourceRules: [] }, validations: [{ expression: 'true' }] }],
  ['policies.kyverno.io/v1', 'PolicyException', { policyRefs: [{ name: 'p', kind: 'ValidatingPolicy' }] }],
  ['kyverno.io/v1', 'ClusterPolicy', { rules: [{ name: 'r', match: {}, validate: { cel: { expressions: [] } } }] }],
  ['templates.gatekeeper.sh/v1', 'ConstraintTemplate', { crd: { spec: { names: { kind: 'K8sOwner' } } }, targets: [{ target: 't', code: [{ engine: 'K8sNativeValidation', source: {} }] }] }],
  ['constraints.gatekeeper.sh/v1beta1', 'K8sOwner', { match: {} }],
] as const; // prettier-ignore

test('nothing that a document holds makes loading throw, and what is loaded judges', () => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  const change = fc.tuple(fc.nat(), fc.nat(), anything);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const documents = kinds.map(([apiVersion, kind, spec]) => ({
        apiVersion,
        kind,
        metadata: { name: 'p' },
        spec: structuredClone(spec) as JsonObject,
      }));
      for (const [at, field, value] of changes) {
        const { spec } = documents[at % documents.length] as { spec: JsonObject };
        const places = placesIn(spec);
        const [holder, key] = places[field % places.length] as [Record<string, unknown>, string];
        holder[key] = value;
      }
      const { upstream } = load(documents.map((document) => JSON.stringify(document)).join('\n---\n'));
      const judged = judge(withUpstream(guardrailSet([], 'Enforce'), upstream), subjectOf({}, objectOf(pod)));
      expect(['allow', 'warn', 'deny', 'skip']).toContain(judged.verdict);
    }),
    { numRuns: 300 },
  );
});

/** Every member of a value, with what holds it. */
function placesIn(value: unknown): [holder: object, key: string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [[value, key] as [object, string], ...placesIn(member)]);
}
