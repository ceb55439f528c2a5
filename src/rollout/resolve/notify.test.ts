import { parse } from 'yaml';
import { expect, test } from 'vitest';
import type { Finding } from '../finding.ts';
import { examineRollout } from './rollout.ts';

/** What is written, and the path, the reason and the hint (parts of them) of the one problem with it. */
type Case = readonly [listener: string, path: string, reason: string, hint?: string];

const AT = 'spec.notify[0]';
const SLACK = 'slack: { webhook: { env: A } }';

const CASES: readonly Case[] = [
  ['name: a, on: [started]', AT, 'needs one channel'],
  [`name: a, on: [], ${SLACK}`, `${AT}.on`, 'must not be empty'],
  [`name: a, on: [promotd], ${SLACK}`, `${AT}.on[0]`, 'not one of its words', 'did you mean promoted?'],
  [`name: a b, on: [started], ${SLACK}`, `${AT}.name`, 'letters, digits'],
  [`on: [started], ${SLACK}`, `${AT}.name`, 'is required'],
  [`name: a, on: [started], ${SLACK}, webhook: { url: "http://x" }`, AT, 'more than one'],
  [`name: a, on: [started], ${SLACK}, message: "{{nam}} is bad"`, `${AT}.message`, '{{nam}} is none of {{name}}', 'did you mean {{name}}?'],
  [`name: a, on: [started], ${SLACK}, message: "{{zzzzzzz}}"`, `${AT}.message`, 'is none of', 'use one of these'],
  [`name: a, on: [started], ${SLACK}, link: "ftp://x"`, `${AT}.link`, 'not an http or https URL', 'as in https://'],
  [`name: a, on: [started], ${SLACK}, link: "https://x/{{nme}}"`, `${AT}.link`, '{{nme}} is none of', 'did you mean {{name}}?'],
  ['name: a, on: [started], slack: { webhook: https://hooks.slack.com/x }', `${AT}.slack.webhook`, 'must be an object'],
  ['name: a, on: [started], slack: { token: { env: A } }', `${AT}.slack`, 'must be told where to write', 'add channel'],
  ['name: a, on: [started], slack: { webhook: { env: A }, channel: "#a" }', `${AT}.slack.channel`, 'goes with token', 'leave it out'],
  ['name: a, on: [started], slack: { token: { env: A }, channel: a, address: "http://u:p@x" }', `${AT}.slack.address`, 'holds a password'],
  ['name: a, on: [started], webhook: {}', `${AT}.webhook`, 'needs one address'],
  ['name: a, on: [started], webhook: { url: "http://x", urlFrom: { env: A } }', `${AT}.webhook`, 'more than one'],
  ['name: a, on: [started], webhook: { url: "http://u:p@x" }', `${AT}.webhook.url`, 'holds a password'],
  ['name: a, on: [started], webhook: { url: "http://x", format: xml }', `${AT}.webhook.format`, 'json or cloudEvents'],
  ['name: a, on: [started], webhook: { urlFrom: { secret: a/b } }', `${AT}.webhook.urlFrom.secret`, 'in a cluster only', 'write env or file'],
  ['name: a, on: [started], slack: { webhook: { secret: a/b } }', `${AT}.slack.webhook.secret`, 'in a cluster only', 'write env or file'],
  ['name: a, on: [started], teams: {}', `${AT}.teams.webhook`, 'is required'],
  ['name: a, on: [started], discord: { webhook: { env: A, file: B } }', `${AT}.discord.webhook`, 'more than one'],
  ['name: a, on: [failed, started], pagerDuty: { routingKey: { env: A } }', `${AT}.on[1]`, 'not raised by started', 'promoted closes it by itself'],
  ['name: a, on: [paused], opsgenie: { apiKey: { env: A } }', `${AT}.on[0]`, 'not raised by paused'],
  ['name: a, on: [failed], pagerDuty: { routingKey: { env: A }, severity: bad }', `${AT}.pagerDuty.severity`, 'not one of its words'],
  ['name: a, on: [failed], opsgenie: { apiKey: { env: A }, priority: P0 }', `${AT}.opsgenie.priority`, 'not one of its words'],
  ['name: a, on: [failed], email: { server: mail, from: a@b, to: [a@b] }', `${AT}.email.server`, 'a host and a port'],
  ['name: a, on: [failed], email: { server: "mail:70000", from: a@b, to: [a@b] }', `${AT}.email.server`, '70000 is no port', 'most often 587'],
  ['name: a, on: [failed], email: { server: "mail:25", from: ops, to: [a@b] }', `${AT}.email.from`, 'an address'],
  ['name: a, on: [failed], email: { server: "mail:25", from: a@b, to: [] }', `${AT}.email.to`, 'must not be empty'],
  ['name: a, on: [failed], email: { server: "mail:25", from: a@b, to: [a@b], user: x }', `${AT}.email`, 'go together', 'write user and password'],
  ['name: a, on: [failed], email: { server: "mail:25", from: a@b, to: [a@b], user: x, password: { env: P }, security: none }', `${AT}.email.security`, 'for everybody to read', 'startTls or tls'],
  ['name: a, on: [failed], github: { repository: shop, token: { env: A }, ref: main, environment: production }', `${AT}.github.repository`, 'owner/name'],
  ['name: a, on: [failed], github: { repository: a/b, token: { env: A }, environment: production }', `${AT}.github.ref`, 'is required'],
  ['name: a, on: [failed], github: { repository: a/b, token: { env: A }, ref: "{{sha}}", environment: production }', `${AT}.github.ref`, '{{sha}} is none of', 'use one of these'],
  ['name: a, on: [failed], github: { repository: a/b, token: { secret: a/b }, ref: main, environment: production }', `${AT}.github.token.secret`, 'in a cluster only'],
]; // prettier-ignore

const named = CASES.map(([listener, path, reason, hint = '']) => ({ listener, path, reason, hint }));

test.each(named)('$listener is refused at $path', ({ listener, path, reason, hint }) => {
  const [problem, ...others] = problemsOf(`notify: [{ ${listener} }]`);
  expect(others).toEqual([]);
  expect(problem?.path).toBe(path);
  expect(problem?.reason).toContain(reason);
  expect(problem?.hint ?? '').toContain(hint);
});

test('two listeners of one name are refused', () => {
  const one = `{ name: a, on: [started], ${SLACK} }`;
  expect(problemsOf(`notify: [${one}, ${one}]`).map(({ path }) => path)).toEqual(['spec.notify[1].name']);
});

test('a cluster reads no secrets of the machine that its operator runs on', () => {
  const document = parse(`metadata: { name: shop }
spec:
  workload: { deployment: { name: shop } }
  strategy: { ramped: {} }
  notify: [{ name: a, on: [started], ${SLACK} }]`) as unknown;
  expect(examineRollout(document).findings).toMatchObject([
    { path: `${AT}.slack.webhook.env`, hint: 'write secret: NAME/KEY, of a Secret in its namespace' },
  ]);
});

test('what the cases get wrong can be written right', () => {
  const written = `notify:
    - { name: team, on: [started, promoted, started], slack: { token: { file: /t }, channel: "#a" }, message: "{{name}}: {{reason}}", link: "https://x/{{name}}" }
    - { name: ci, on: [failed], webhook: { urlFrom: { env: A }, format: cloudEvents, sign: { secret: { env: B } } } }`;
  expect(examineRollout(documentWith(written)).rollout?.notify).toEqual([
    {
      name: 'team',
      on: ['started', 'promoted'],
      message: '{{name}}: {{reason}}',
      link: 'https://x/{{name}}',
      channel: {
        kind: 'slack',
        by: { token: { file: '/t' }, channel: '#a', address: 'https://slack.com/api' },
      },
    },
    {
      name: 'ci',
      on: ['failed'],
      channel: {
        kind: 'webhook',
        url: { kept: { env: 'A' } },
        format: 'cloudEvents',
        sign: { env: 'B' },
        headers: {},
      },
    },
  ]);
});

test('an alert is closed by what is promoted, whether that is written or not', () => {
  const written = 'notify: [{ name: pager, on: [rolledBack], pagerDuty: { routingKey: { env: A } } }]';
  expect(examineRollout(documentWith(written)).rollout?.notify).toEqual([
    {
      name: 'pager',
      on: ['rolledBack', 'promoted'],
      channel: {
        kind: 'pagerDuty',
        routingKey: { env: 'A' },
        severity: 'error',
        address: 'https://events.pagerduty.com',
      },
    },
  ]);
});

test('a mail server is a host and a port, that of IPv6 too', () => {
  const email = (server: string): unknown =>
    examineRollout(
      documentWith(
        `notify: [{ name: a, on: [failed], email: { server: "${server}", from: a@b, to: ["Ops <o@b>"] } }]`,
      ),
    ).rollout?.notify[0]?.channel;
  expect(email('mail.example.com:587')).toEqual({
    kind: 'email',
    host: 'mail.example.com',
    port: 587,
    security: 'startTls',
    from: 'a@b',
    to: ['Ops <o@b>'],
  });
  expect(email('[::1]:25')).toMatchObject({ host: '::1', port: 25 });
});

function problemsOf(spec: string): readonly Finding[] {
  return examineRollout(documentWith(spec)).findings;
}

function documentWith(spec: string): unknown {
  return parse(`metadata: { name: shop }
spec:
  workload: { process: { from: ./dist, command: [node] } }
  traffic: { gateway: {} }
  strategy: { canary: { weights: [5%] } }
  ${spec}`);
}
