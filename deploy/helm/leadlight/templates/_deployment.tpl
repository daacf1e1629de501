{{/*
A Deployment of one role: {root, role, values, command, grace}, and where they differ from others
ports: more ports by name; smtp: it sends mail; records: it keeps the records of the installation;
metrics: its workers share a folder of metrics; alive: a port of its own for /healthz; tls: the certificate of the relay;
autoscaled: the number of pods is not set here.
*/}}
{{- define "leadlight.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "leadlight.name" .root }}-{{ .role }}
  labels:
    {{- include "leadlight.labels" . | nindent 4 }}
spec:
  {{- if not .autoscaled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  # A new pod serves before an old one ends.
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector:
    matchLabels:
      {{- include "leadlight.selector" . | nindent 6 }}
  template:
    metadata:
      {{- include "leadlight.podMetadata" . | nindent 6 }}
    spec:
      {{- include "leadlight.podBase" . | nindent 6 }}
      initContainers:
        {{- include "leadlight.signingKeys" (dict "root" .root) | nindent 8 }}
      containers:
        - name: {{ .role }}
          image: {{ include "leadlight.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          command: {{ toJson .command }}
          securityContext:
            {{- include "leadlight.security" . | nindent 12 }}
          env:
            {{- include "leadlight.env" (dict "root" .root) | nindent 12 }}
            {{- include "leadlight.databaseEnv" .root | nindent 12 }}
            {{- if .smtp }}
            {{- include "leadlight.smtpEnv" .root | nindent 12 }}
            {{- end }}
            {{- if .metrics }}
            - {name: PROMETHEUS_MULTIPROC_DIR, value: /metrics}
            {{- end }}
            {{- if .tls }}
            - {name: RELAY_CERT_FILE, value: /relay/tls.crt}
            - {name: RELAY_KEY_FILE, value: /relay/tls.key}
            {{- end }}
          ports:
            - {name: probes, containerPort: 8090}
            {{- range $name, $port := .ports }}
            - {name: {{ $name }}, containerPort: {{ $port }}}
            {{- end }}
          {{- if .alive }}
          startupProbe:
            httpGet: {path: /healthz, port: {{ .alive }}, httpHeaders: [{name: Host, value: localhost}]}
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /healthz, port: {{ .alive }}, httpHeaders: [{name: Host, value: localhost}]}
            periodSeconds: 15
            timeoutSeconds: 5
            failureThreshold: 4
          readinessProbe:
            httpGet: {path: /readyz, port: probes}
            periodSeconds: 5
            timeoutSeconds: 5
          {{- else }}
          {{- include "leadlight.probes" (dict "port" "probes" "ready" "/readyz") | nindent 10 }}
          {{- end }}
          {{- if .ports }}
          # Proxies and load balancers hear of the end before the process does.
          lifecycle: {preStop: {exec: {command: [sleep, "10"]}}}
          {{- end }}
          resources: {{ toYaml .values.resources | nindent 12 }}
          volumeMounts:
            {{- if .records }}
            - {name: files, mountPath: /data, subPath: records}
            {{- else }}
            - {name: data, mountPath: /data}
            {{- end }}
            - {name: keys, mountPath: /data/keys, readOnly: true}
            - {name: signing, mountPath: /signing}
            - {name: tmp, mountPath: /tmp}
            {{- if .metrics }}
            - {name: metrics, mountPath: /metrics}
            {{- end }}
            {{- if .tls }}
            - {name: tls, mountPath: /relay, readOnly: true}
            {{- end }}
            {{- if and .records .root.Values.backup.existingClaim }}
            - {name: backups, mountPath: /backups}
            {{- end }}
      volumes:
        - {name: data, emptyDir: {sizeLimit: 256Mi}}
        - {name: tmp, emptyDir: {sizeLimit: 256Mi}}
        - {name: signing, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
        - name: keys
          secret: {secretName: {{ .root.Values.keys.existingSecret }}, defaultMode: 0440}
        {{- if .records }}
        - name: files
          persistentVolumeClaim: {claimName: {{ include "leadlight.files" .root }}}
        {{- end }}
        {{- if .metrics }}
        - {name: metrics, emptyDir: {medium: Memory, sizeLimit: 32Mi}}
        {{- end }}
        {{- if .tls }}
        - name: tls
          secret: {secretName: {{ .root.Values.relay.tls.existingSecret }}, defaultMode: 0440}
        {{- end }}
        {{- if and .records .root.Values.backup.existingClaim }}
        - name: backups
          persistentVolumeClaim: {claimName: {{ .root.Values.backup.existingClaim }}}
        {{- end }}
{{- end }}
