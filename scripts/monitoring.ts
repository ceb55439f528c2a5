import { stringify } from 'yaml';
import type { DeployFile } from './deploy-files.ts';

const HEAD = '# Written by scripts/deploy-files.mjs from scripts/monitoring.ts; do not edit.\n';

/** When somebody is to be told. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long it must be so; absent: no longer than once. */
  readonly for?: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  readonly description: string;
}

const WHO = '{{ with $labels.namespace }}{{ . }}/{{ end }}{{ $labels.rollout }}';

/** A certificate near its end, as `coalmine doctor` says it: a fifth of its time is left, or 14 days of a long one. */
function certificateAlert(server: 'gateway' | 'api' | 'webhook', alert: string, whose: string): Alert {
  const name = `coalmine_${server}_certificate_not`;
  const left = `${name}_after_timestamp_seconds - time()`;
  const lasts = `(${name}_after_timestamp_seconds - ${name}_before_timestamp_seconds)`;
  return {
    alert,
    expr: `${left} < 14 * 86400 and ${left} < 0.2 * ${lasts}`,
    for: '10m',
    severity: 'warning',
    summary: `The certificate of ${whose} {{ if gt $value 0.0 }}ends in {{ humanizeDuration $value }}{{ else }}has ended{{ end }}, and was not renewed.`,
    description:
      'Once it has ended, clients refuse it. See what renews it, and the log of {{ $labels.instance }}.',
  };
}

/** Every alert: of releases, and of coalmine itself. */
export const ALERTS: readonly Alert[] = [
  {
    alert: 'CoalmineReleaseRolledBack',
    expr: 'increase(coalmine_releases_total{outcome=~"rolledBack|failed"}[10m]) > 0',
    severity: 'warning',
    summary: `A release of ${WHO} went back.`,
    description: 'The old version serves. Why it went back is in "coalmine history" and in its events.',
  },
  {
    alert: 'CoalmineRolloutDegraded',
    expr: 'coalmine_rollout_phase{phase="Degraded"} == 1',
    for: '10m',
    severity: 'warning',
    summary: `${WHO} is Degraded.`,
    description:
      'What serves is not all that it should be, or what is wanted was rejected. See "coalmine describe".',
  },
  {
    alert: 'CoalmineReleaseNearDeadline',
    expr: 'coalmine_release_age_seconds > 0.8 * coalmine_release_deadline_seconds',
    for: '1m',
    severity: 'warning',
    summary: `The release of ${WHO} has used four fifths of its time.`,
    description:
      'When its deadline is over it ends as "onDeadline" says. See what it waits for with "coalmine watch".',
  },
  {
    alert: 'CoalmineReleaseHeld',
    expr: 'coalmine_rollout_phase{phase=~"Paused|Waiting"} == 1',
    for: '4h',
    severity: 'info',
    summary: `${WHO} has been {{ $labels.phase }} for four hours.`,
    description:
      'Somebody has paused it, or a gate has not opened. "coalmine describe" says what is waited for.',
  },
  {
    alert: 'CoalmineReleaseNotJudged',
    expr: 'coalmine_release_verdict{verdict="invalid"} == 1',
    for: '10m',
    severity: 'warning',
    summary: `The release of ${WHO} cannot be judged.`,
    description:
      'Traffic is not divided as planned, or a source of metrics is silent: the comparison means nothing.',
  },
  {
    alert: 'CoalmineLooksFail',
    expr: 'rate(coalmine_look_troubles_total[5m]) > 0.1',
    for: '10m',
    severity: 'warning',
    summary: 'Looks at Rollouts go wrong again and again.',
    description:
      'What coalmine works with does not answer. Its log says what: the instance is {{ $labels.instance }}.',
  },
  {
    alert: 'CoalmineGatewayDown',
    expr: 'coalmine_gateway_up == 0',
    for: '1m',
    severity: 'critical',
    summary: 'The gateway does not answer.',
    description: 'Users may not be served. "coalmine doctor" says what is wrong on {{ $labels.instance }}.',
  },
  {
    alert: 'CoalmineGatewayWorkersDie',
    expr: 'increase(coalmine_gateway_worker_restarts_total[15m]) > 3',
    severity: 'warning',
    summary: 'Processes of the gateway die again and again.',
    description: 'Each one takes its requests in flight with it. The log of the gateway says how they ended.',
  },
  {
    alert: 'CoalmineNobodyLeads',
    expr: 'max by (job) (coalmine_operator_leading) == 0',
    for: '2m',
    severity: 'critical',
    summary: 'No operator has the lease.',
    description: 'Nothing is released, and nothing goes back. See the Lease and the logs of the operators.',
  },
  certificateAlert('gateway', 'CoalmineGatewayCertificateEnds', 'the gateway, {{ $labels.certificate }},'),
  certificateAlert('api', 'CoalmineApiCertificateEnds', 'the API'),
  certificateAlert('webhook', 'CoalmineWebhookCertificateEnds', 'the webhook'),
];

/** What a panel draws. */
export interface Panel {
  readonly title: string;
  readonly says: string;
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly unit: string;
  /** What is drawn, by its legend. */
  readonly draws: Readonly<Record<string, string>>;
}

const OF = 'namespace=~"$namespace",rollout=~"$rollout"';
const RATE = '$__rate_interval';

/** The dashboard, in rows of two. */
export const PANELS: readonly Panel[] = [
  {
    title: 'Rollouts by phase',
    says: 'How many are where.',
    kind: 'stat',
    unit: 'none',
    draws: { '{{phase}}': 'sum by (phase) (coalmine_rollouts)' },
  },
  {
    title: 'Releases by outcome, last day',
    says: 'What became of them.',
    kind: 'stat',
    unit: 'none',
    draws: { '{{outcome}}': `sum by (outcome) (increase(coalmine_releases_total{${OF}}[1d]))` },
  },
  {
    title: 'Traffic',
    says: 'What each track gets, as the data plane confirms it.',
    kind: 'timeseries',
    unit: 'percentunit',
    draws: { '{{rollout}} {{track}}': `coalmine_track_weight_ratio{${OF}}` },
  },
  {
    title: 'Steps',
    says: 'The step at hand, and how many there are.',
    kind: 'timeseries',
    unit: 'none',
    draws: {
      '{{rollout}}': `coalmine_release_step{${OF}}`,
      '{{rollout}}, of': `coalmine_release_steps{${OF}}`,
    },
  },
  {
    title: 'Evidence of harm',
    says: 'At 1 a check decides, and the release goes back.',
    kind: 'timeseries',
    unit: 'percentunit',
    draws: { '{{rollout}} {{check}}': `coalmine_check_evidence_ratio{${OF},of="harm"}` },
  },
  {
    title: 'Evidence of safety',
    says: 'At 1 a check decides, and the step may end early.',
    kind: 'timeseries',
    unit: 'percentunit',
    draws: { '{{rollout}} {{check}}': `coalmine_check_evidence_ratio{${OF},of="safety"}` },
  },
  {
    title: 'Time used of the deadline',
    says: 'At 1 a release ends as onDeadline says.',
    kind: 'timeseries',
    unit: 'percentunit',
    draws: {
      '{{rollout}}': `coalmine_release_age_seconds{${OF}} / coalmine_release_deadline_seconds{${OF}}`,
    },
  },
  {
    title: 'How long releases take, median of a day',
    says: 'By how they ended.',
    kind: 'timeseries',
    unit: 's',
    draws: {
      '{{outcome}}':
        'histogram_quantile(0.5, sum by (outcome, le) (rate(coalmine_release_duration_seconds_bucket[1d])))',
    },
  },
  {
    title: 'Requests through the gateway',
    says: 'By track.',
    kind: 'timeseries',
    unit: 'reqps',
    draws: {
      '{{rollout}} {{track}}': `sum by (rollout, track) (rate(coalmine_gateway_requests_total{rollout=~"$rollout"}[${RATE}]))`,
    },
  },
  {
    title: 'Errors through the gateway',
    says: 'Of all requests, by track.',
    kind: 'timeseries',
    unit: 'percentunit',
    draws: {
      '{{rollout}} {{track}}': `sum by (rollout, track) (rate(coalmine_gateway_errors_total{rollout=~"$rollout"}[${RATE}])) / sum by (rollout, track) (rate(coalmine_gateway_requests_total{rollout=~"$rollout"}[${RATE}]))`,
    },
  },
  {
    title: 'p99 through the gateway',
    says: 'By track.',
    kind: 'timeseries',
    unit: 's',
    draws: {
      '{{rollout}} {{track}}': `histogram_quantile(0.99, sum by (rollout, track, le) (rate(coalmine_gateway_request_duration_seconds_bucket{rollout=~"$rollout"}[${RATE}])))`,
    },
  },
  {
    title: 'Looks',
    says: 'How long a look at one Rollout takes, and what goes wrong.',
    kind: 'timeseries',
    unit: 's',
    draws: {
      'p99 {{instance}}': `histogram_quantile(0.99, sum by (instance, le) (rate(coalmine_look_duration_seconds_bucket[${RATE}])))`,
      'troubles/s {{instance}}': `rate(coalmine_look_troubles_total[${RATE}])`,
    },
  },
  {
    title: 'Requests to the API of Kubernetes',
    says: 'By verb.',
    kind: 'timeseries',
    unit: 'reqps',
    draws: { '{{verb}}': `sum by (verb) (rate(coalmine_kubernetes_requests_total[${RATE}]))` },
  },
  {
    title: 'Requests to the API of coalmine',
    says: 'By the status of the answer.',
    kind: 'timeseries',
    unit: 'reqps',
    draws: { '{{code}}': `sum by (code) (rate(coalmine_api_requests_total[${RATE}]))` },
  },
];

/** The alert rules for Prometheus, and the dashboard for Grafana. */
export function monitoringFiles(): readonly DeployFile[] {
  return [
    { path: 'deploy/prometheus/rules.yaml', text: `${HEAD}${stringify(rules(), { lineWidth: 0 })}` },
    { path: 'deploy/grafana/coalmine.json', text: `${JSON.stringify(dashboard(), undefined, 2)}\n` },
  ];
}

function rules(): object {
  const of = ({ severity, summary, description, ...rest }: Alert): object => ({
    ...rest,
    labels: { severity },
    annotations: { summary, description },
  });
  return { groups: [{ name: 'coalmine', rules: ALERTS.map(of) }] };
}

function dashboard(): object {
  return {
    uid: 'coalmine',
    title: 'coalmine',
    description: 'Releases, their evidence, and what carries them.',
    tags: ['coalmine'],
    schemaVersion: 39,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        {
          name: 'source',
          label: 'Prometheus',
          type: 'datasource',
          query: 'prometheus',
        },
        variable('namespace', 'label_values(coalmine_rollout_phase, namespace)'),
        variable('rollout', 'label_values(coalmine_rollout_phase{namespace=~"$namespace"}, rollout)'),
      ],
    },
    panels: PANELS.map(panelOf),
  };
}

/** What is chosen, or everything: also what has no such label. */
function variable(name: string, query: string): object {
  const source = { type: 'prometheus', uid: '${source}' };
  return {
    name,
    type: 'query',
    datasource: source,
    query,
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
  };
}

function panelOf({ title, says, kind, unit, draws }: Panel, index: number): object {
  const source = { type: 'prometheus', uid: '${source}' };
  return {
    id: index + 1,
    title,
    description: says,
    type: kind,
    datasource: source,
    gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: Object.entries(draws).map(([legendFormat, expr], at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: source,
      legendFormat,
      expr,
    })),
  };
}
