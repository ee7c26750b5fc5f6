import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { ReportFault } from '../engine/check.ts';
import type { Container, Handler } from '../kube/pod.ts';

export default defineCheck({
  id: 'host-probes',
  title: 'Probes and lifecycle hooks call only their own pod',
  why: 'The kubelet makes these calls from the node: a host of the tenant’s choosing turns it into a scanner of internal services (KEP-4940).',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { host: '{who} lets the kubelet call the host "{host}"; remove host, so that the pod itself is called' },
  evaluate(pod, report) {
    for (const container of pod.containers) {
      const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container.spec;
      hosts(container, 'livenessProbe', livenessProbe, report);
      hosts(container, 'readinessProbe', readinessProbe, report);
      hosts(container, 'startupProbe', startupProbe, report);
      hosts(container, 'lifecycle.postStart', lifecycle?.postStart, report);
      hosts(container, 'lifecycle.preStop', lifecycle?.preStop, report);
    }
  },
  example: {
    bad: 'containers: [{ name: app, livenessProbe: { httpGet: { host: 10.0.0.1, port: 80 } } }]',
    good: 'containers: [{ name: app, livenessProbe: { httpGet: { port: 80 } } }]',
  },
});

/** grpc, exec and sleep carry no host, and upstream does not look at a Host header. */
function hosts(container: Container, field: string, handler: Handler | null | undefined, report: ReportFault<'host'>): void {
  for (const action of ['httpGet', 'tcpSocket'] as const) {
    const host = handler?.[action]?.host;
    if (!host) continue;
    const at = `${container.path}.${field}.${action}.host`;
    report({ message: 'host', at, data: { who: container.who, host }, cure: { remove: true, class: 'review' } });
  }
}
