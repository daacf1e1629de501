{{/* What every container has in common. */}}

{{- define "leadlight.security" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Settings that are no secrets: {root, probes}. They stand in each pod, so that a change restarts it. */}}
{{- define "leadlight.env" -}}
- {name: HOST_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
- {name: LEADLIGHT_CONFIG, value: /dev/null}
- {name: DATA, value: /data}
- {name: SIGNING_KEYS_FILE, value: {{ .signing | default "/signing/signing.json" }}}
- {name: HOST, value: 0.0.0.0}
- {name: PORT, value: "8080"}
- {name: PROBE_PORT, value: {{ .probes | default 8090 | quote }}}
- {name: PUBLIC_URL, value: {{ .root.Values.urls.console | quote }}}
- {name: EDGE_URL, value: {{ .root.Values.urls.edge | quote }}}
- {name: TRUSTED_PROXIES, value: {{ join "," .root.Values.trustedProxies | quote }}}
- {name: EDGE_WORKERS, value: {{ .root.Values.edge.workers | quote }}}
- {name: CONSOLE_WORKERS, value: {{ .root.Values.console.workers | quote }}}
- {name: SPOOL_QUOTA_MB, value: {{ int .root.Values.edge.spoolQuotaMb | quote }}}
- {name: BACKUP_AT, value: {{ .root.Values.backup.at | quote }}}
- {name: BACKUP_DIR, value: /backups}
{{- if .root.Values.relay.enabled }}
- {name: RELAY_URL, value: {{ .root.Values.relay.url | quote }}}
{{- end }}
{{- range $name, $value := .root.Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/*
The signing keys: a file that follows the keys which all hosts share in MongoDB. It has those of the Secret from the beginning, so that a pod
that starts while MongoDB is away answers every link that was sent: {root, path}. `path` is a folder on the claim of an edge, which
thereby knows newer keys, too; elsewhere the file is in memory.
*/}}
{{- define "leadlight.signingKeys" -}}
- name: signing-keys
  image: {{ include "leadlight.image" .root }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command: [python, -m, tracker.links.key_file, /keys/signing.json, /signing/signing.json]
  securityContext:
    {{- include "leadlight.security" . | nindent 4 }}
  resources:
    requests: {cpu: 10m, memory: 32Mi}
    limits: {memory: 64Mi}
  volumeMounts:
    - {name: keys, mountPath: /keys, readOnly: true}
    - {{ include "leadlight.signingMount" . }}
{{- end }}

{{/* The folder of the signing keys: {path, readOnly}. */}}
{{- define "leadlight.signingMount" -}}
{name: {{ if .path }}spool, subPath: {{ .path }}{{ else }}signing{{ end }}, mountPath: /signing{{ if .readOnly }}, readOnly: true{{ end }}}
{{- end }}

{{/* The addresses of the databases with their passwords. Never in the container of the edge. */}}
{{- define "leadlight.databaseEnv" -}}
{{- range list "MONGO_URL" "REDIS_URL" }}
- {name: {{ . }}, valueFrom: {secretKeyRef: {name: {{ $.Values.databases.existingSecret }}, key: {{ . }}}}}
{{- end }}
{{- end }}

{{- define "leadlight.smtpEnv" -}}
{{- with .Values.smtp.existingSecret }}
- {name: SMTP_URL, valueFrom: {secretKeyRef: {name: {{ . }}, key: SMTP_URL}}}
{{- end }}
{{- end }}

{{/* Probes of a process on its PROBE_PORT: {port, ready}. Alive: it answers. Ready: MongoDB answers it. */}}
{{- define "leadlight.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: {{ .port }}}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: {{ .port }}}
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 4
readinessProbe:
  httpGet: {path: {{ .ready }}, port: {{ .port }}}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{/* The part of a pod that is the same for all: {root, role, grace}. */}}
{{- define "leadlight.podBase" -}}
serviceAccountName: {{ include "leadlight.name" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .grace }}
{{- include "leadlight.podSecurity" .root | nindent 0 }}
topologySpreadConstraints:
{{- range .root.Values.pods.topologyKeys }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: {{ $.root.Values.pods.spread }}
    labelSelector:
      matchLabels:
        {{- include "leadlight.selector" $ | nindent 8 }}
{{- end }}
{{- end }}

{{- define "leadlight.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ int .Values.pods.user }}
  runAsGroup: {{ int .Values.pods.user }}
  fsGroup: {{ int .Values.pods.user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - {name: {{ . }}}
{{- end }}
{{- end }}
{{- with .Values.pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.pods.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pods.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "leadlight.podMetadata" -}}
labels:
  {{- include "leadlight.labels" . | nindent 2 }}
  {{- with .root.Values.pods.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .root.Values.pods.annotations }}
annotations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}
