import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';

export default defineCheck({
  id: 'host-ports',
  title: 'Containers open no port of the node',
  why: 'A port of the node is reachable from wherever the node is, past network policies, and can stand in for a service of the node.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'CIS 5.2.13'],
  params: Type.Object(
    { allowed: Type.Array(Type.Integer(), { default: [], description: 'Host ports that may be used.' }) },
    { additionalProperties: false },
  ),
  messages: { hostPort: '{who} opens port {port} of the node; remove hostPort and reach it through a Service' },
  evaluate(pod, report, params) {
    for (const container of pod.containers) {
      for (const [index, port] of (container.spec.ports ?? []).entries()) {
        const hostPort = port?.hostPort ?? 0;
        if (hostPort === 0 || params.allowed.includes(hostPort)) continue;
        report({
          message: 'hostPort',
          at: `${container.path}.ports[${index}].hostPort`,
          data: { who: container.who, port: String(hostPort) },
          cure: { remove: true, class: 'review' },
        });
      }
    }
  },
  example: {
    bad: 'containers: [{ name: app, ports: [{ containerPort: 80, hostPort: 80 }] }]',
    good: 'containers: [{ name: app, ports: [{ containerPort: 80 }] }]',
  },
});
