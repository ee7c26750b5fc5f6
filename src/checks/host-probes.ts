import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import type { Container, ContainerSpec, Handler } from '../kube/pod.ts';

const fields = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle.postStart', 'lifecycle.preStop'] as const;
const actions = ['httpGet', 'tcpSocket'] as const;

export default defineCheck({
  id: 'host-probes',
  title: 'Probes and lifecycle hooks call only their own pod',
  why: 'The kubelet makes these calls from the node: a host of the tenant’s choosing turns it into a scanner of internal services (KEP-4940).',
  byDefault: 'The kubelet calls the IP address of the pod; under hostNetwork that is the address of the node.',
  breaks: 'A probe that asked another host for its health no longer does: the health of the pod itself decides.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'MITRE T1046'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { host: '{who} lets the kubelet call the host "{host}"; remove host to call the pod itself' },
  evaluate: ({ containers }) => containers.filter(callsHost).flatMap(hosts),
  example: {
    bad: 'containers: [{ name: app, livenessProbe: { httpGet: { host: 10.0.0.1, port: 80 } } }]',
    good: 'containers: [{ name: app, livenessProbe: { httpGet: { port: 80 } } }]',
  },
});

/** grpc, exec and sleep carry no host, and upstream does not look at a Host header. */
const callsHost = ({ spec }: Container): boolean => handlers(spec).some((handler) => handler?.httpGet?.host || handler?.tcpSocket?.host);

/** In the order of `fields`. */
const handlers = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: ContainerSpec): (Handler | null | undefined)[] => [
  livenessProbe,
  readinessProbe,
  startupProbe,
  lifecycle?.postStart,
  lifecycle?.preStop,
];

function hosts({ who, path, spec }: Container): Fault<'host'>[] {
  return handlers(spec).flatMap((handler, index) =>
    actions
      .filter((action) => handler?.[action]?.host)
      .map((action) => ({
        message: 'host',
        at: `${path}.${fields[index]}.${action}.host`,
        data: { who, host: handler?.[action]?.host ?? '' },
        cure: { remove: true, class: 'review' },
      })),
  );
}
