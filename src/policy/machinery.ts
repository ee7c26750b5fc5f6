/** What a cluster needs to stay alive and to be mended, whatever the rules of an entry come to name. */
export const machinery = [
  'coordination.k8s.io/leases',
  '/nodes',
  '/events',
  'events.k8s.io/events',
  '/endpoints',
  'discovery.k8s.io/endpointslices',
  'certificates.k8s.io/certificatesigningrequests',
];
