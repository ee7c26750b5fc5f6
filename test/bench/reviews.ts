/** The reviews that every measurement posts: what the API server sends for a pod of a Deployment, 4.6 KB with three containers. */

/** Allowed by the Pod Security Standards at level restricted. */
export const allowedReview = review(pod(goodContext, { runAsNonRoot: true, fsGroup: 10001, seccompProfile: { type: 'RuntimeDefault' } }));

/** The same pod with five faults, all in its first container. */
export const deniedReview = review(
  pod((index) => (index === 0 ? { privileged: true, procMount: 'Unmasked', runAsUser: 0 } : goodContext()), {
    runAsNonRoot: true,
    fsGroup: 10001,
    seccompProfile: { type: 'RuntimeDefault' },
  }),
);

function goodContext(): object {
  return { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsUser: 10001, capabilities: { drop: ['ALL'] } };
}

function review(object: object): object {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name: 'checkout-7c9f8d6b54-x2x7q',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: '3d1f6a2c-0f7e-4d56-9a41-8a3f2b1c9e77',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=2c9a51f0-8a2e-4d6f-b1c3-5e7f9a0b1c2d'] },
      },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

function pod(context: (index: number) => object, securityContext: object): object {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: 'checkout-7c9f8d6b54-x2x7q',
      generateName: 'checkout-7c9f8d6b54-',
      namespace: 'shop',
      labels: { 'app.kubernetes.io/name': 'checkout', 'app.kubernetes.io/part-of': 'shop', 'pod-template-hash': '7c9f8d6b54' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9090', 'checksum/config': '9f86d081884c7d659a2feaa0c55ad015' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'checkout-7c9f8d6b54',
          uid: '0b8c4f6e-1d2a-4b3c-9d8e-7f6a5b4c3d2e',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      volumes: [
        { name: 'config', configMap: { name: 'checkout', defaultMode: 420 } },
        { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
        { name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] } },
      ],
      containers: ['app', 'proxy', 'metrics'].map((name, index) => container(name, context(index))),
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'checkout',
      securityContext,
      schedulerName: 'default-scheduler',
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  };
}

function container(name: string, securityContext: object): object {
  return {
    name,
    image: `registry.example.com/shop/${name}:1.42.0`,
    args: ['--listen=:8080', '--config=/etc/checkout/config.yaml'],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } }],
    resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    volumeMounts: [{ name: 'config', readOnly: true, mountPath: '/etc/checkout' }],
    readinessProbe: {
      httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext,
  };
}
