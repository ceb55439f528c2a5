import { Type } from 'typebox';
import { DEFAULTS } from '../defaults.ts';
import { GATE_MOMENTS, HOOK_MOMENTS, SAMENESS, WEEKDAYS } from '../model-outside.ts';
import { closed, count, duration, formed, list, namedList, oneOf, text, word } from './fields.ts';
import { listener } from './notify.ts';
import { auth, url, webhook } from './reach.ts';
import { command } from './workload.ts';

/** A moment of the calendar. */
export const moment = (description: string) =>
  formed(
    'a moment, as in "2026-12-24T18:00:00Z"',
    '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2}))?$',
    description,
  );
const clock = (description: string) =>
  formed('a time of day in quotes, as in "09:00"', '^([01]\\d|2[0-3]):[0-5]\\d$', description);

/** It is part of commands, file names and requests. */
const outsideName = (description: string) =>
  formed(
    'a name of letters, digits, dots, hyphens and underscores, of 63 characters at most',
    '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
    description,
  );

const gate = closed(
  'One gate.',
  {
    name: outsideName('Its name, as steps and `coalmine approve` refer to it.'),
    at: Type.Optional(
      word(
        GATE_MOMENTS,
        'The moment it guards: the release, every step that moves traffic, the step that takes all traffic from stable, or the end of stable. Without it, only where a step names it.',
      ),
    ),
    approval: Type.Optional(
      closed('Somebody must say yes.', {
        by: list(
          text(
            'A name, `group:<name>`, `user:<name>` or `token:<name>`; the last three hear nobody who gives himself his name, but holders of tokens, and users of a cluster whose webhook has seen them.',
          ),
          'Who may.',
        ),
        count: Type.Optional(
          count('So many different people must.', { default: DEFAULTS.approval.count, maximum: 20 }),
        ),
        within: Type.Optional(duration('How long to wait; without it, until the deadline.')),
        otherwise: Type.Optional(
          word(['abort', 'advance', 'hold'], 'What happens then.', DEFAULTS.approval.otherwise),
        ),
      }),
    ),
    window: Type.Optional(
      closed('Only at certain hours.', {
        days: Type.Optional(list(word(WEEKDAYS, 'A day.'), 'Only if it opens on one of these days.')),
        from: clock('It opens then.'),
        to: clock('It closes then; at or before `from`, on the next day.'),
        timeZone: Type.Optional(text('IANA name of the time zone.', { default: DEFAULTS.window.timeZone })),
      }),
    ),
    freeze: Type.Optional(
      closed('Not in this time.', {
        from: moment('Its beginning; a day alone begins at midnight UTC.'),
        to: moment('Its end; a day alone is part of it.'),
      }),
    ),
    webhook: Type.Optional(
      closed('Another system must answer with success.', {
        ...webhook,
        every: Type.Optional(duration('Time between two questions.', DEFAULTS.gateWebhook.every)),
        within: Type.Optional(
          duration('How long to ask; then the release is aborted.', DEFAULTS.gateWebhook.within),
        ),
      }),
    ),
    rollout: Type.Optional(
      closed('Another Rollout must be in a phase.', {
        name: text('Its name.'),
        phase: word(['Healthy', 'Progressing', 'Paused', 'Degraded'], 'The phase.'),
        same: Type.Optional(
          word(
            SAMENESS,
            'It must run the revision that is to be released, or, where environments differ, the same artefact.',
          ),
        ),
        for: Type.Optional(duration('All of that must have been so for so long, without interruption.')),
      }),
    ),
  },
  oneOf('kind of gate', ['approval', 'window', 'freeze', 'webhook', 'rollout']),
);

const hook = closed(
  'One hook.',
  {
    name: outsideName('Its name, as steps refer to it.'),
    at: Type.Optional(word(HOOK_MOMENTS, 'The moment it runs. Without it, only where a step names it.')),
    command: Type.Optional(command('A program, run in the copy of the artefact. No shell is involved.')),
    webhook: Type.Optional(closed('A request that must be answered with success.', webhook)),
    job: Type.Optional(
      closed('A Kubernetes Job, made from a CronJob in the namespace of the Rollout.', {
        template: text('Name of the CronJob; suspend it, so that nothing else runs it.'),
      }),
    ),
    timeout: Type.Optional(duration('How long it may take.', DEFAULTS.hook.timeout)),
  },
  oneOf('kind of hook', ['command', 'webhook', 'job']),
);

const source = closed(
  'One source.',
  {
    name: text('Its name, as checks refer to it.'),
    prometheus: Type.Optional(
      closed('A server that answers the Prometheus API.', {
        address: url('Its address, with the path it is served under, if any.'),
        auth: Type.Optional(auth),
        tls: Type.Optional(
          closed('Certificates, as paths of PEM files or in a Secret.', {
            ca: Type.Optional(text("The authority that signed the server's certificate.")),
            cert: Type.Optional(text("The client's certificate.")),
            key: Type.Optional(text("The client's key.")),
            serverName: Type.Optional(text("The name the server's certificate is for.")),
            secret: Type.Optional(
              text(
                'In a cluster, instead of paths: a Secret in the namespace of the Rollout, with `ca.crt`, or `tls.crt` and `tls.key`, or all three.',
              ),
            ),
          }),
        ),
        timeout: Type.Optional(duration('How long an answer may take.', DEFAULTS.source.timeout)),
      }),
    ),
  },
  oneOf('kind of source', ['prometheus']),
);

/** `spec.gates`, `spec.hooks`, `spec.sources`, `spec.notify`: what is outside and has a say. */
export const outside = {
  gates: Type.Optional(namedList(gate, 'Who or what else must say yes.')),
  hooks: Type.Optional(namedList(hook, 'What runs at which moment.')),
  sources: Type.Optional(namedList(source, 'Where metrics come from, besides our gateway.')),
  notify: Type.Optional(namedList(listener, 'Who hears of it.')),
};
