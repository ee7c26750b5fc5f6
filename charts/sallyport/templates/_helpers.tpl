{{- define "sallyport.name" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "sallyport.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (include "sallyport.name" .) }}
{{- end }}

{{- define "sallyport.selectorLabels" -}}
app.kubernetes.io/name: sallyport
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sallyport.labels" -}}
{{ include "sallyport.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* A digest alone says which image; the appVersion beside it could only be wrong. */}}
{{- define "sallyport.image" -}}
{{- $image := .Values.image -}}
{{- $tag := $image.tag | default (ternary "" .Chart.AppVersion (ne $image.digest "")) -}}
{{ $image.repository }}{{ with $tag }}:{{ . }}{{ end }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- /* Name of the Secret that is mounted; empty where the servers manage their own. */}}
{{- define "sallyport.mountedSecret" -}}
{{- if eq .Values.tls.source "certManager" -}}
{{ include "sallyport.name" . }}-cert
{{- else if eq .Values.tls.source "secret" -}}
{{ required "tls.source is secret: set tls.secretName to a Secret with tls.crt, tls.key and ca.crt" .Values.tls.secretName }}
{{- end -}}
{{- end }}

{{- define "sallyport.host" -}}
{{ contains ":" .Values.listenAddress | ternary (printf "[%s]" .Values.listenAddress) .Values.listenAddress }}
{{- end }}

{{- define "sallyport.args" -}}
{{- $name := include "sallyport.name" . -}}
{{- $namespace := .Release.Namespace -}}
{{- $files := or .Values.packs .Values.guardrails .Values.podSecurity -}}
{{- $objects := and .Values.guardrailObjects.enabled (include "sallyport.leads" .) -}}
{{- if not (or $files $objects) -}}
{{ fail "packs, guardrails and podSecurity are all empty and no guardrail objects are read, so there is nothing to judge by: set one of them" }}
{{- end -}}
- serve
- --listen={{ include "sallyport.host" . }}:{{ .Values.port }}
- --ops-listen={{ include "sallyport.host" . }}:{{ .Values.opsPort }}
- --register-service={{ $namespace }}/{{ $name }}
- --registration={{ $name }}
{{- if .Values.registration.enabled }}
{{- range append .Values.registration.excludeNamespaces $namespace | uniq }}
- --exclude-namespace={{ . }}
{{- end }}
{{- else }}
- --no-registration
{{- end }}
- --mode={{ .Values.mode }}
{{- range .Values.packs }}
- --policies={{ . }}
{{- end }}
{{- if .Values.guardrails }}
- --policies=/etc/sallyport/policies
{{- end }}
{{- with .Values.podSecurity }}
- --pod-security={{ . }}
{{- end }}
{{- if not .Values.guardrailObjects.enabled }}
- --no-guardrail-objects
{{- else if not $files }}
- --objects-only
{{- end }}
{{- if .Values.guardrailObjects.enabled }}
{{- range $project := list "kyverno" "gatekeeper" }}
{{- if index $.Values.upstreamPolicies $project }}
- --upstream={{ $project }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.guardrailObjects.maxExceptionDays }}
{{- if ne (int .) 90 }}
- --max-exception-days={{ . }}
{{- end }}
{{- end }}
{{- if eq .Values.tls.source "managed" }}
- --tls-secret={{ $namespace }}/{{ $name }}-tls
{{- else }}
- --tls-cert=/etc/sallyport/tls/tls.crt
- --tls-key=/etc/sallyport/tls/tls.key
{{- /* Without a CA of their own the servers leave alone what cert-manager injects. */}}
{{- if eq .Values.tls.source "secret" }}
- --tls-ca=/etc/sallyport/tls/ca.crt
{{- end }}
{{- end }}
{{- if .Values.tls.client.configMapName }}
- --client-ca=/etc/sallyport/client/ca.crt
- --client-name={{ required "tls.client.configMapName is set: set tls.client.commonName to the name that the API server's certificate has" .Values.tls.client.commonName }}
{{- end }}
- --drain-delay={{ .Values.drainDelaySeconds }}
- --log-level={{ .Values.logLevel }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Whether there is anything for one of the servers to keep: the registration, or the certificate. Else nobody talks to the API server. */}}
{{- define "sallyport.leads" -}}
{{- if or .Values.registration.enabled (eq .Values.tls.source "managed") }}true{{ end -}}
{{- end }}
