import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Container, Handler } from '../kube/pod.ts';

export default defineCheck({
  id: 'host-probes',
  title: 'Probes and lifecycle hooks call only their own pod',
  why: 'The kubelet makes these calls from the node: a host of the tenant’s choosing turns it into a scanner of internal services (KEP-4940).',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { host: '{who} lets the kubelet call the host "{host}"; remove host, so that the pod itself is called' },
  *evaluate(pod) {
    for (const container of pod.containers) {
      const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container.spec;
      if (namesHost(livenessProbe)) yield* hosts(container, 'livenessProbe', livenessProbe);
      if (namesHost(readinessProbe)) yield* hosts(container, 'readinessProbe', readinessProbe);
      if (namesHost(startupProbe)) yield* hosts(container, 'startupProbe', startupProbe);
      if (namesHost(lifecycle?.postStart)) yield* hosts(container, 'lifecycle.postStart', lifecycle.postStart);
      if (namesHost(lifecycle?.preStop)) yield* hosts(container, 'lifecycle.preStop', lifecycle.preStop);
    }
  },
  example: {
    bad: 'containers: [{ name: app, livenessProbe: { httpGet: { host: 10.0.0.1, port: 80 } } }]',
    good: 'containers: [{ name: app, livenessProbe: { httpGet: { port: 80 } } }]',
  },
});

/** grpc, exec and sleep carry no host, and upstream does not look at a Host header. */
const namesHost = (handler: Handler | null | undefined): handler is Handler =>
  handler != null && Boolean(handler.httpGet?.host || handler.tcpSocket?.host);

function* hosts(container: Container, field: string, handler: Handler) {
  for (const action of ['httpGet', 'tcpSocket'] as const) {
    const host = handler[action]?.host;
    if (!host) continue;
    const at = `${container.path}.${field}.${action}.host`;
    yield { message: 'host', at, data: { who: container.who, host }, cure: { remove: true, class: 'review' } } as const;
  }
}
