{{/* The name of everything of this release. */}}
{{- define "minyi.fullname" -}}
{{- if contains "minyi" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-minyi" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels by which pods of this release are found. */}}
{{- define "minyi.selector" -}}
app.kubernetes.io/name: minyi
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "minyi.labels" -}}
{{ include "minyi.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end -}}

{{/* Nine tenths of a limit such as 512Mi, as GOMEMLIMIT wants it: what is not Go's heap
     needs room too, and a process at its limit is killed. */}}
{{- define "minyi.goMemLimit" -}}
{{- $mi := ternary (mul 1024 (trimSuffix "Gi" . | int)) (trimSuffix "Mi" . | int) (hasSuffix "Gi" .) -}}
{{ div (mul $mi 9) 10 }}MiB
{{- end -}}

{{/* Where /metrics is: with minCell beside the probes, as it has the true numbers. */}}
{{- define "minyi.metricsPort" -}}
{{ if .Values.minCell }}probes{{ else }}http{{ end }}
{{- end -}}

{{/* One who counts: of component worker or page, whose settings are in spec. */}}
{{- define "minyi.deployment" -}}
{{- $ := .root -}}
{{- $spec := .spec -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "minyi.fullname" $ }}-{{ .component }}
  labels:
    {{- include "minyi.labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  {{- if not .scaled }}
  replicas: {{ $spec.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "minyi.selector" $ | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
  template:
    metadata:
      labels:
        {{- include "minyi.labels" $ | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
      {{- with $spec.podAnnotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "minyi.fullname" $ }}
      automountServiceAccountToken: false
      # A service called minyi would otherwise be handed to minyi as MINYI_… variables.
      enableServiceLinks: false
      terminationGracePeriodSeconds: 30 # to drain takes up to 20 s
      {{- with $.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        seccompProfile: {type: RuntimeDefault}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "minyi.selector" $ | nindent 14 }}
              app.kubernetes.io/component: {{ .component }}
      {{- with $spec.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $spec.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $spec.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - {{- include "minyi.container" . | nindent 10 }}
      {{- include "minyi.volumes" $ | nindent 6 }}
{{- end -}}

{{- define "minyi.container" -}}
{{- $ := .root -}}
name: minyi
image: {{ printf "%s:%s" $.Values.image.repository ($.Values.image.tag | default $.Chart.AppVersion) | quote }}
imagePullPolicy: {{ $.Values.image.pullPolicy }}
args: {{- include "minyi.args" $ | nindent 2 }}
env:
  - name: GOMEMLIMIT
    value: {{ include "minyi.goMemLimit" .spec.resources.limits.memory }}
  {{- with $.Values.nats.userSecret }}
  - name: NATS_USER
    valueFrom: {secretKeyRef: {name: {{ . }}, key: user}}
  - name: NATS_PASSWORD
    valueFrom: {secretKeyRef: {name: {{ . }}, key: password}}
  {{- end }}
ports:
  - {name: http, containerPort: 8080}
  - {name: probes, containerPort: 8081}
# The probes answer once the broker does, for which a worker waits a minute. Whoever
# does not find it by then ends, and is started again.
startupProbe:
  httpGet: {path: /healthz, port: probes}
  periodSeconds: 2
  failureThreshold: 60
# Not /readyz: no restart mends a broker that is down.
livenessProbe:
  httpGet: {path: /healthz, port: probes}
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /readyz, port: probes}
  periodSeconds: 5
  timeoutSeconds: 5
resources: {{- toYaml .spec.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: {drop: [ALL]}
{{- include "minyi.mounts" $ }}
{{- end -}}

{{- define "minyi.args" -}}
- work
- {{ printf "--server=%s" .Values.nats.url | quote }}
- --replicas={{ .Values.nats.replicas }}
- --log-format=json
- --listen=0.0.0.0:8080
- --probe-listen=0.0.0.0:8081
{{- if .Values.promote }}
- --promote
{{- end }}
{{- if .Values.minCell }}
- --min-cell={{ .Values.minCell }}
{{- end }}
{{- if .Values.page.webConfigSecret }}
- --web-config-file=/etc/minyi/web/web.yml
{{- else }}
- --insecure
{{- end }}
{{- range .Values.page.hosts }}
- {{ printf "--host=%s" . | quote }}
{{- end }}
{{- if .Values.nats.credsSecret }}
- --creds=/etc/minyi/nats/nats.creds
{{- end }}
{{- if .Values.nats.caSecret }}
- --tlsca=/etc/minyi/ca/ca.crt
{{- end }}
{{- if .Values.dictionaryConfigMap }}
- --dict=/etc/minyi/dict
{{- end }}
{{- range $name, $value := .Values.settings }}
- {{ printf "--%s=%v" $name $value | quote }}
{{- end }}
{{- end -}}

{{/* The files of the release: name of the volume, where it is mounted, what it is. */}}
{{- define "minyi.files" -}}
{{- if .Values.nats.credsSecret }}
nats: {secret: {secretName: {{ .Values.nats.credsSecret }}}}
{{- end }}
{{- if .Values.nats.caSecret }}
ca: {secret: {secretName: {{ .Values.nats.caSecret }}}}
{{- end }}
{{- if .Values.page.webConfigSecret }}
web: {secret: {secretName: {{ .Values.page.webConfigSecret }}}}
{{- end }}
{{- if .Values.dictionaryConfigMap }}
dict: {configMap: {name: {{ .Values.dictionaryConfigMap }}}}
{{- end }}
{{- end -}}

{{- define "minyi.mounts" -}}
{{- with include "minyi.files" . | fromYaml }}
volumeMounts:
{{- range $name, $source := . }}
  - {name: {{ $name }}, mountPath: /etc/minyi/{{ $name }}, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{- define "minyi.volumes" -}}
{{- with include "minyi.files" . | fromYaml }}
volumes:
{{- range $name, $source := . }}
  - name: {{ $name }}
    {{- toYaml $source | nindent 4 }}
{{- end }}
{{- end }}
{{- end -}}
