/** Kinds of Kubernetes itself that live in namespaces, workloads apart, by API group. */
const rows: Readonly<Record<string, readonly string[]>> = {
  '': ['ConfigMap', 'Endpoints', 'Event', 'LimitRange', 'PersistentVolumeClaim', 'ResourceQuota', 'Secret', 'Service', 'ServiceAccount'],
  'autoscaling': ['HorizontalPodAutoscaler'],
  'coordination.k8s.io': ['Lease'],
  'discovery.k8s.io': ['EndpointSlice'],
  'events.k8s.io': ['Event'],
  'gateway.networking.k8s.io': ['Gateway', 'GRPCRoute', 'HTTPRoute', 'ReferenceGrant', 'TCPRoute', 'TLSRoute', 'UDPRoute'],
  'networking.k8s.io': ['Ingress', 'NetworkPolicy'],
  'policy': ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io': ['Role', 'RoleBinding'],
}; // prettier-ignore

/** Whether objects of a kind live in namespaces, of those kinds that we know. */
export const isNamespaced = (group: string, kind: string): boolean => Object.hasOwn(rows, group) && (rows[group] ?? []).includes(kind);
