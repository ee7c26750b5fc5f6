/** Synopsis of each command, as the documentation and `--help` print it. */
const synopses: Readonly<Record<string, string>> = {
  serve: `\
sallyport serve     answer the API server's admission reviews over HTTPS
                    [--policies PATH]... [--pod-security LEVEL[:VERSION]] [--mode MODE]
                    [--listen HOST:PORT] [--ops-listen HOST:PORT]
                    [--tls-cert F --tls-key F [--tls-ca F] | --tls-self-signed | --tls-secret NAMESPACE/NAME]
                    [--client-ca F --client-name CN]
                    [--kubeconfig F | in cluster | --no-cluster]
                    [--registration NAME | --no-registration] [--register-service NAMESPACE/NAME | --register-url URL]
                    [--no-guardrail-objects | --objects-only] [--upstream kyverno|gatekeeper]… [--max-exception-days DAYS]
                    [--exclude-namespace NS]... [--drain-delay SECONDS] [--log-level LEVEL]
`,
  scan: `\
sallyport scan      give the same verdict on files, before they reach a cluster
                    [PATH | 'GLOB' | CHART | KUSTOMIZATION | -]... | --live [--kubeconfig F]
                    [--policies PATH]... [--pod-security LEVEL[:VERSION]] [--mode MODE] [--only NAME]... [--skip NAME]...
                    [--exceptions PATH]... [--max-exception-days DAYS] [--namespace-labels KEY=VALUE,...]... [--now TIME]
                    [--namespace NS] [--fail-on SEVERITY] [--exit-zero] [--changed-since REF]
                    [--strict [--schemas FILE]...]
                    [--no-inline] [--baseline FILE [--update-baseline] [--prune]]
                    [--config FILE | --no-config] [--print-config]
                    [--helm PROGRAM] [--values FILE]... [--set KEY=VALUE]... [--allow-remote]
                    [--format text|json|sarif|junit|github|gitlab|html[=FILE]]...
                    [--quiet | --verbose] [--color auto|always|never]
                    exit code: 0 nothing denied, 1 something denied, 2 could not judge
`,
  fix: `\
sallyport fix       cure files in place: safe cures only, and everything else stays byte for byte
                    [PATH | 'GLOB' | CHART | -]... [--dry-run] [--interactive] [--include review]
                    [--policies PATH]... [--pod-security LEVEL[:VERSION]] [--mode MODE] [--only NAME]... [--skip NAME]...
                    [--exceptions PATH]... [--max-exception-days DAYS] [--namespace-labels KEY=VALUE,...]... [--now TIME] [--no-inline]
                    [--namespace NS] [--config FILE | --no-config] [--helm PROGRAM] [--values FILE]... [--set KEY=VALUE]...
                    - reads standard input and writes the cured text to standard output; --dry-run prints a diff
                    a CHART is not edited: the line of each template and the value to set are told
                    exit code: 0 nothing left that is denied, 1 something denied is left, or to do in a chart, 2 could not
`,
  test: `\
sallyport test      hold guardrails to the cases of *.test.yaml: an object, who asks, and the verdict that must come
                    [FILE | FOLDER]... [--only PATTERN]... [--coverage] [--update] [--verbose]
                    [--format text|junit[=FILE]]...
                    exit code: 0 every case holds, 1 one does not, 2 a test or a policy is broken, or there is none
`,
  explain: `\
sallyport explain   tell what a check is about: the attack, the default, the cure, what it may break, its other names
                    [CHECK | CONTROL | GUARDRAIL[/RULE] | NAME IN ANOTHER TOOL] [--format text|json]
                    [--policies PATH]... [--pod-security LEVEL[:VERSION]] [--mode MODE] [--config FILE | --no-config]
                    without a name, a line for each check; exit code 2 where nothing has the name
`,
  preview: `\
sallyport preview   show what guardrails would deny, warn of and excuse in a cluster or a folder, before they are in force
                    -f PATH... [--kubeconfig F | PATH | 'GLOB' | CHART | KUSTOMIZATION]... [--pod-security LEVEL[:VERSION]]
                    [--exceptions PATH]... [--namespace NS] [--namespace-labels KEY=VALUE,...]... [--now TIME]
                    [--draft-exceptions FILE] [--since-mode MODE] [--format text|json] [--config FILE | --no-config]
                    [--helm PROGRAM] [--values FILE]... [--set KEY=VALUE]...
                    -f PATH, --policies PATH: a file, folder or pack; --since-mode shows only what Enforce would newly deny
                    exit code: 0 judged, 2 could not judge all of it
`,
  completion: `\
sallyport completion  print what a shell reads to complete commands and flags: source <(sallyport completion bash)
                    bash|zsh|fish
`,
  generate: `\
sallyport generate  write the generated files of a checkout again (docs, schemas, deploy/)
                    [--check]
                    schemas --kubeconfig FILE prints what scan --strict --schemas goes by: the fields a cluster knows
                    vap PACK|GUARDRAIL prints ValidatingAdmissionPolicies that say the same, for a cluster without the webhook
                    [--policies PATH]... [--pod-security LEVEL[:VERSION]] [--mode MODE] [--exclude-namespace NS]...
                    exit code of vap: 0 printed, with what is not the same on stderr; 2 where nothing can be said
`,
};

/** Every command. */
export const commandNames: readonly string[] = Object.keys(synopses);

/** What `sallyport --help` prints. */
export const usage = `\
Least-privilege guardrails for Kubernetes.

${Object.values(synopses).join('\n')}
PATH of --policies is a file, a folder or the name of a shipped pack (restricted). With neither flag, the pack restricted.
MODE is Enforce, Warn, Audit or Off: a ceiling on every mode of the loaded set. LEVEL is privileged, baseline or restricted.

sallyport COMMAND --help, sallyport --version
`;

/** What `sallyport COMMAND --help` prints. */
export const commandUsage = (command: string): string => synopses[command] ?? usage;
