import type { Workload } from './workload.ts';

/** Custom resources that carry exact pod templates, by API group: kind, resource, where the templates are. Any version. */
const rows: readonly (readonly [group: string, kind: string, resource: string, ...templates: string[]])[] = [
  ['actions.github.com', 'AutoscalingRunnerSet', 'autoscalingrunnersets', 'spec.template'],
  ['agones.dev', 'Fleet', 'fleets', 'spec.template.spec.template'],
  ['agones.dev', 'GameServer', 'gameservers', 'spec.template'],
  ['agones.dev', 'GameServerSet', 'gameserversets', 'spec.template.spec.template'],
  ['apps.kruise.io', 'BroadcastJob', 'broadcastjobs', 'spec.template'],
  ['apps.kruise.io', 'CloneSet', 'clonesets', 'spec.template'],
  ['apps.kruise.io', 'DaemonSet', 'daemonsets', 'spec.template'],
  ['apps.kruise.io', 'StatefulSet', 'statefulsets', 'spec.template'],
  ['apps.openshift.io', 'DeploymentConfig', 'deploymentconfigs', 'spec.template'],
  ['argoproj.io', 'Rollout', 'rollouts', 'spec.template'],
  ['batch.volcano.sh', 'Job', 'jobs', 'spec.tasks.*.template'],
  ['jobset.x-k8s.io', 'JobSet', 'jobsets', 'spec.replicatedJobs.*.template.spec.template'],
  ['keda.sh', 'ScaledJob', 'scaledjobs', 'spec.jobTargetRef.template'],
  ['kubeflow.org', 'JAXJob', 'jaxjobs', 'spec.jaxReplicaSpecs.*.template'],
  ['kubeflow.org', 'MPIJob', 'mpijobs', 'spec.mpiReplicaSpecs.*.template'],
  ['kubeflow.org', 'Notebook', 'notebooks', 'spec.template'],
  ['kubeflow.org', 'PaddleJob', 'paddlejobs', 'spec.paddleReplicaSpecs.*.template'],
  ['kubeflow.org', 'PyTorchJob', 'pytorchjobs', 'spec.pytorchReplicaSpecs.*.template'],
  ['kubeflow.org', 'TFJob', 'tfjobs', 'spec.tfReplicaSpecs.*.template'],
  ['kubeflow.org', 'XGBoostJob', 'xgboostjobs', 'spec.xgbReplicaSpecs.*.template'],
  ['leaderworkerset.x-k8s.io', 'LeaderWorkerSet', 'leaderworkersets', 'spec.leaderWorkerTemplate.leaderTemplate', 'spec.leaderWorkerTemplate.workerTemplate'],
  ['ray.io', 'RayCluster', 'rayclusters', 'spec.headGroupSpec.template', 'spec.workerGroupSpecs.*.template'],
  ['ray.io', 'RayJob', 'rayjobs', 'spec.rayClusterSpec.headGroupSpec.template', 'spec.rayClusterSpec.workerGroupSpecs.*.template'],
  ['ray.io', 'RayService', 'rayservices', 'spec.rayClusterConfig.headGroupSpec.template', 'spec.rayClusterConfig.workerGroupSpecs.*.template'],
  ['serving.knative.dev', 'Configuration', 'configurations', 'spec.template'],
  ['serving.knative.dev', 'Revision', 'revisions', ''],
  ['serving.knative.dev', 'Service', 'services', 'spec.template'],
]; // prettier-ignore

/** A template that is absent is no pod: many of these kinds may point to another object instead. */
export const customWorkloads: readonly Workload[] = rows.map(([group, kind, resource, ...templates]) => {
  const [template = [], ...further] = templates.map((path) => path.split('.').filter(Boolean));
  return { group, versions: ['*'], kind, resource, template, further, templateOptional: true };
});
