import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import type { Container } from '../kube/pod.ts';

export default defineCheck({
  id: 'host-ports',
  title: 'Containers open no port of the node',
  why: 'A port of the node is reachable from wherever the node is, past network policies, and can stand in for a service of the node.',
  byDefault: 'None is opened, except under hostNetwork, where the API server makes a host port of every containerPort.',
  breaks: 'Clients that call the port of the node must call a Service, an ingress or a node port instead.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'CIS 5.2.13', 'NSA Pod security'],
  params: Type.Object(
    { allowed: Type.Array(Type.Integer(), { default: [], description: 'Host ports that may be used.' }) },
    { additionalProperties: false },
  ),
  messages: {
    hostPort: '{who} opens port {port} of the node; remove hostPort and use a Service',
    // The API server sets hostPort to every containerPort of such a pod, so its author may never have written one.
    hostNetwork: '{who} opens port {port} of the node, as hostNetwork makes every port do; remove hostNetwork and hostPort',
  },
  evaluate: ({ containers, spec }, { allowed }) =>
    containers
      .filter((container) => container.spec.ports?.some((port) => isForbidden(port?.hostPort, allowed)))
      .flatMap((container) => forbidden(container, allowed, spec.hostNetwork === true ? 'hostNetwork' : 'hostPort')),
  example: {
    bad: 'containers: [{ name: app, ports: [{ containerPort: 80, hostPort: 80 }] }]',
    good: 'containers: [{ name: app, ports: [{ containerPort: 80 }] }]',
  },
});

const isForbidden = (hostPort: number | null | undefined, allowed: readonly number[]): boolean =>
  hostPort != null && hostPort !== 0 && !allowed.includes(hostPort);

type Message = 'hostPort' | 'hostNetwork';

function forbidden({ who, path, spec }: Container, allowed: readonly number[], message: Message): Fault<Message>[] {
  return (spec.ports ?? []).flatMap((port, index) =>
    isForbidden(port?.hostPort, allowed)
      ? {
          message,
          at: `${path}.ports[${index}].hostPort`,
          data: { who, port: String(port?.hostPort) },
          cure: { remove: true, class: 'review' },
        }
      : [],
  );
}
