import { Type } from 'typebox';
import {
  choice,
  closed,
  duration,
  formed,
  list,
  namedList,
  oneOf,
  text,
  textsByName,
  word,
} from './fields.ts';
import { command } from './workload.ts';

const url = (description: string) => formed('an http or https URL', '^https?://\\S+$', description);
const moment = (description: string) =>
  formed(
    'a moment, as in "2026-12-24T18:00:00Z"',
    '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2}))?$',
    description,
  );
const clock = (description: string) =>
  formed('a time of day in quotes, as in "09:00"', '^([01]\\d|2[0-3]):[0-5]\\d$', description);

const secret = (description: string) =>
  choice('place of the secret', description, {
    env: text("Name of a variable of coalmine's own environment."),
    file: text('Path of a file.'),
    secret: text('`name/key` of a Kubernetes Secret.'),
  });

const auth = closed(
  'How to log in.',
  {
    bearer: Type.Optional(secret('A bearer token.')),
    basic: Type.Optional(
      closed('User and password.', { user: text('The user.'), password: secret('The password.') }),
    ),
  },
  oneOf('way to log in', ['bearer', 'basic']),
);

const webhook = {
  url: url('Where to ask.'),
  auth: Type.Optional(auth),
  headers: Type.Optional(textsByName('Further headers.')),
};

const gate = closed(
  'One gate.',
  {
    name: text('Its name.'),
    at: word(['start', 'step', 'switch', 'promote'], 'The moment it guards.'),
    approval: Type.Optional(
      closed('Somebody must say yes.', {
        by: list(text('`user:<name>` or `group:<name>`.'), 'Who may.'),
        within: Type.Optional(duration('How long to wait.')),
        otherwise: Type.Optional(word(['abort', 'advance', 'hold'], 'What happens then.', 'abort')),
      }),
    ),
    window: Type.Optional(
      closed('Only at certain hours.', {
        days: Type.Optional(
          list(word(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 'A day.'), 'Only on these days.'),
        ),
        from: clock('Not before.'),
        to: clock('Not after.'),
        timeZone: Type.Optional(text('IANA name of the time zone.', { default: 'UTC' })),
      }),
    ),
    freeze: Type.Optional(
      closed('Not in this time.', { from: moment('Its beginning.'), to: moment('Its end.') }),
    ),
    webhook: Type.Optional(
      closed('Another system must answer with success.', {
        ...webhook,
        every: Type.Optional(duration('Time between two questions.', '30s')),
        within: Type.Optional(duration('How long to ask.', '1h')),
      }),
    ),
    rollout: Type.Optional(
      closed('Another Rollout must be in a phase.', {
        name: text('Its name.'),
        phase: word(['Healthy', 'Progressing', 'Paused', 'Degraded'], 'The phase.'),
      }),
    ),
  },
  oneOf('kind of gate', ['approval', 'window', 'freeze', 'webhook', 'rollout']),
);

const hook = closed(
  'One hook.',
  {
    name: text('Its name.'),
    at: word(
      ['beforeCandidate', 'beforeTraffic', 'eachStep', 'afterPromotion', 'onRollback'],
      'The moment it runs.',
    ),
    command: Type.Optional(command('A program, run in the copy of the artefact. No shell is involved.')),
    webhook: Type.Optional(closed('A request that must be answered with success.', webhook)),
    job: Type.Optional(closed('A Kubernetes Job.', { template: text('Name of the Job to copy.') })),
    timeout: Type.Optional(duration('How long it may take.', '10m')),
  },
  oneOf('kind of hook', ['command', 'webhook', 'job']),
);

const source = closed(
  'One source.',
  {
    name: text('Its name, as checks refer to it.'),
    prometheus: Type.Optional(
      closed('A server that answers the Prometheus API.', {
        address: url('Its address.'),
        auth: Type.Optional(auth),
      }),
    ),
  },
  oneOf('kind of source', ['prometheus']),
);

const channel = closed(
  'One listener.',
  {
    name: text('Its name.'),
    on: list(
      word(
        ['started', 'paused', 'waiting', 'promoted', 'rolledBack', 'aborted', 'failed', 'completed'],
        'A kind of event.',
      ),
      'What it hears of.',
    ),
    slack: Type.Optional(
      closed('Slack.', {
        channel: Type.Optional(text('The channel.')),
        webhook: Type.Optional(secret('The incoming webhook.')),
        token: Type.Optional(secret('The token of a bot.')),
      }),
    ),
    webhook: Type.Optional(closed('A signed request.', webhook)),
  },
  oneOf('kind of listener', ['slack', 'webhook']),
);

/** `spec.gates`, `spec.hooks`, `spec.sources`, `spec.notify`: what is outside and has a say. */
export const outside = {
  gates: Type.Optional(namedList(gate, 'Who or what else must say yes.')),
  hooks: Type.Optional(namedList(hook, 'What runs at which moment.')),
  sources: Type.Optional(namedList(source, 'Where metrics come from, besides our gateway.')),
  notify: Type.Optional(namedList(channel, 'Who hears of it.')),
};
