{{/* Names, labels and the image. */}}

{{- define "leadlight.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Labels that never change: {root, role}. */}}
{{- define "leadlight.selector" -}}
app.kubernetes.io/name: leadlight
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .role }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "leadlight.labels" -}}
{{ include "leadlight.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "leadlight.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "leadlight.files" -}}
{{ .Values.files.existingClaim | default (printf "%s-files" (include "leadlight.name" .)) }}
{{- end }}

{{- define "leadlight.host" -}}
{{ (urlParse .).host | splitList ":" | first }}
{{- end }}
