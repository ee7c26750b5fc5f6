/** Tools that have checks of the same meaning as ours, in the order in which they are shown. */
export const tools = ['Kyverno', 'Gatekeeper', 'Checkov', 'Trivy', 'kube-linter', 'Polaris', 'Kubescape'] as const;
export type Tool = (typeof tools)[number];

type Names = Readonly<Partial<Record<Tool, readonly string[]>>>;

/**
 * What a check of ours is called elsewhere, by check id: what these names look for, the check finds, though it may look for more.
 * Kyverno's are policies, Gatekeeper's constraint kinds, Kubescape's controls of its CEL library too.
 */
export const foreignNames: Readonly<Record<string, Names>> = {
  'allow-privilege-escalation': {
    Kyverno: ['disallow-privilege-escalation'],
    Gatekeeper: ['K8sPSPAllowPrivilegeEscalationContainer'],
    Checkov: ['CKV_K8S_20'],
    Trivy: ['KSV-0001'],
    'kube-linter': ['privilege-escalation-container'],
    Polaris: ['privilegeEscalationAllowed'],
    Kubescape: ['C-0016', 'C-0197'],
  },
  'app-armor': { Kyverno: ['restrict-apparmor-profiles'], Gatekeeper: ['K8sPSPAppArmor'], Trivy: ['KSV-0002'] },
  capabilities: {
    Kyverno: [
      'disallow-capabilities',
      'disallow-capabilities-strict',
      'require-drop-all',
      'require-drop-cap-net-raw',
      'restrict-adding-capabilities',
    ],
    Gatekeeper: ['K8sPSPCapabilities'],
    Checkov: ['CKV_K8S_25', 'CKV_K8S_28', 'CKV_K8S_37', 'CKV_K8S_39'],
    Trivy: ['KSV-0003', 'KSV-0004', 'KSV-0005', 'KSV-0022', 'KSV-0106', 'KSV-0119', 'KSV-0120'],
    'kube-linter': ['drop-net-raw-capability'],
    Polaris: ['dangerousCapabilities', 'insecureCapabilities', 'linuxHardening'],
    Kubescape: ['C-0046', 'C-0055', 'C-0199', 'C-0200', 'C-0201'],
  },
  'host-namespaces': {
    Kyverno: ['disallow-host-namespaces'],
    Gatekeeper: ['K8sPSPHostNamespace', 'K8sPSPHostNetworkingPorts'],
    Checkov: ['CKV_K8S_17', 'CKV_K8S_18', 'CKV_K8S_19'],
    Trivy: ['KSV-0008', 'KSV-0009', 'KSV-0010'],
    'kube-linter': ['host-ipc', 'host-network', 'host-pid'],
    Polaris: ['hostIPCSet', 'hostNetworkSet', 'hostPIDSet'],
    Kubescape: ['C-0038', 'C-0041', 'C-0194', 'C-0195', 'C-0275', 'C-0276'],
  },
  'host-path-volumes': {
    Kyverno: ['disallow-cri-sock-mount', 'disallow-host-path', 'ensure-readonly-hostpath', 'limit-hostpath-vols'],
    Gatekeeper: ['K8sPSPHostFilesystem'],
    Checkov: ['CKV_K8S_27'],
    Trivy: ['KSV-0006', 'KSV-0023', 'KSV-0121'],
    'kube-linter': ['docker-sock', 'sensitive-host-mounts', 'writable-host-mount'],
    Polaris: ['hostPathSet'],
    Kubescape: ['C-0020', 'C-0045', 'C-0048', 'C-0074', 'C-0203'],
  },
  'host-ports': {
    Kyverno: ['disallow-host-ports', 'disallow-host-ports-range'],
    Gatekeeper: ['K8sPSPHostNetworkingPorts'],
    Checkov: ['CKV_K8S_26'],
    Trivy: ['KSV-0024'],
    Polaris: ['hostPortSet'],
    Kubescape: ['C-0044', 'C-0204'],
  },
  'host-probes': { Gatekeeper: ['K8sPSPHostProbesLifecycle'] },
  // Validators of schemas refuse such fields; no check of these tools does.
  'misplaced-field': {},
  privileged: {
    Kyverno: ['disallow-privileged-containers'],
    Gatekeeper: ['K8sPSPPrivilegedContainer'],
    Checkov: ['CKV_K8S_16'],
    Trivy: ['KSV-0017'],
    'kube-linter': ['privileged-container'],
    Polaris: ['runAsPrivileged'],
    Kubescape: ['C-0057', 'C-0193'],
  },
  'proc-mount': {
    Kyverno: ['disallow-proc-mount'],
    Gatekeeper: ['K8sPSPProcMount'],
    Trivy: ['KSV-0027'],
    'kube-linter': ['unsafe-proc-mount'],
    Polaris: ['procMount'],
  },
  'run-as-non-root': {
    Kyverno: ['require-run-as-nonroot'],
    Gatekeeper: ['K8sPSPAllowedUsers'],
    Checkov: ['CKV_K8S_23'],
    Trivy: ['KSV-0012'],
    'kube-linter': ['run-as-non-root'],
    Polaris: ['runAsRootAllowed'],
    Kubescape: ['C-0013', 'C-0198'],
  },
  'run-as-user': {
    Kyverno: ['require-run-as-non-root-user'],
    Gatekeeper: ['K8sPSPAllowedUsers'],
    Checkov: ['CKV_K8S_23'],
    Trivy: ['KSV-0105'],
    'kube-linter': ['run-as-non-root'],
  },
  seccomp: {
    Kyverno: ['restrict-seccomp', 'restrict-seccomp-strict'],
    Gatekeeper: ['K8sPSPSeccomp', 'K8sPSPSeccompV2'],
    Checkov: ['CKV_K8S_31'],
    Trivy: ['KSV-0030', 'KSV-0104'],
    Polaris: ['linuxHardening'],
    Kubescape: ['C-0055', 'C-0210'],
  },
  'seccomp-annotations': { Gatekeeper: ['K8sPSPSeccomp'] },
  selinux: { Kyverno: ['disallow-selinux'], Gatekeeper: ['K8sPSPSELinuxV2'], Trivy: ['KSV-0025'] },
  sysctls: {
    Kyverno: ['restrict-sysctls'],
    Gatekeeper: ['K8sPSPForbiddenSysctls'],
    Trivy: ['KSV-0026'],
    'kube-linter': ['unsafe-sysctls'],
  },
  'volume-types': {
    Kyverno: ['restrict-volume-types'],
    Gatekeeper: ['K8sPSPFlexVolumes', 'K8sPSPVolumeTypes'],
    Trivy: ['KSV-0028'],
  },
  'windows-host-process': {
    Kyverno: ['disallow-host-process'],
    Gatekeeper: ['K8sPSPHostProcess'],
    Trivy: ['KSV-0103'],
    Polaris: ['hostProcess'],
    Kubescape: ['C-0202'],
  },
};

/** Names that stand for more than one of our checks. */
export const sharedNames: readonly string[] = [
  'C-0055',
  'CKV_K8S_23',
  'K8sPSPAllowedUsers',
  'K8sPSPHostNetworkingPorts',
  'K8sPSPSeccomp',
  'linuxHardening',
  'run-as-non-root',
];

/** A name elsewhere, whose it is and the check that answers to it. */
export interface ForeignName {
  readonly tool: Tool;
  readonly name: string;
  readonly check: string;
}

/** Every name elsewhere, with the checks in order of id. */
export const allForeignNames: readonly ForeignName[] = Object.entries(foreignNames).flatMap(([check, names]) =>
  tools.flatMap((tool) => (names[tool] ?? []).map((name) => ({ tool, name, check }))),
);

/** The same name in one spelling: case aside, and Trivy's as it is written in any of its versions (AVD-KSV-0017, KSV-0017, KSV017). */
export const spelling = (name: string): string => name.toLowerCase().replace(/^(?:avd-)?ksv-?0*(\d+)$/, 'ksv-$1');

/** Numbers that mean nothing to who does not know them: one digit off is another check, no slip of the pen. */
const numbered: readonly (readonly [RegExp, Tool])[] = [
  [/^ckv2?_k8s_\d+$/, 'Checkov'],
  [/^ksv-\d+$/, 'Trivy'],
  [/^c-\d+$/, 'Kubescape'],
];

/** The tool whose numbering a name follows, or null. */
export const numberedBy = (name: string): Tool | null => numbered.find(([pattern]) => pattern.test(spelling(name)))?.[1] ?? null;
