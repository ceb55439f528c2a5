import { Type } from 'typebox';
import { DEFAULTS } from '../defaults.ts';
import { MAIL_SECURITIES, NOTICE_MOMENTS, PRIORITIES, SEVERITIES } from '../model-notify.ts';
import { closed, formed, list, oneOf, text, word } from './fields.ts';
import { credentials, secret, url } from './reach.ts';

const slack = closed(
  'Slack.',
  {
    webhook: Type.Optional(secret('The URL of an incoming webhook.')),
    token: Type.Optional(
      secret(
        'The token of a bot, `xoxb-…`, that may `chat:write`: messages about one release are one thread.',
      ),
    ),
    channel: Type.Optional(text('With a token: the channel, by its id or as in `#releases`.')),
    address: Type.Optional(url(`With a token: the API. Default: ${DEFAULTS.notify.slack}.`)),
  },
  oneOf('way in', ['webhook', 'token']),
);

const webhook = closed(
  'A request with all that is known, as JSON.',
  {
    url: Type.Optional(url('Where to send it.')),
    urlFrom: Type.Optional(secret('Where the URL is kept, when it is a secret itself.')),
    format: Type.Optional(
      word(
        ['json', 'cloudEvents'],
        'Plain JSON, or an event as CloudEvents 1.0 have it, in structured mode.',
        DEFAULTS.notify.format,
      ),
    ),
    ...credentials,
  },
  oneOf('address', ['url', 'urlFrom']),
);

const room = (description: string, webhookIs: string) => closed(description, { webhook: secret(webhookIs) });

const pagerDuty = closed(
  'PagerDuty, by Events API v2: an alert by a release that did not end well, resolved by the next that is promoted.',
  {
    routingKey: secret('The integration key.'),
    severity: Type.Optional(word(SEVERITIES, 'How bad it is.', DEFAULTS.notify.severity)),
    address: Type.Optional(
      url(`Default: ${DEFAULTS.notify.pagerDuty}; in Europe https://events.eu.pagerduty.com.`),
    ),
  },
);

const opsgenie = closed(
  'Opsgenie, or what speaks as it does: an alert by a release that did not end well, closed by the next that is promoted.',
  {
    apiKey: secret('The key of an API integration.'),
    priority: Type.Optional(word(PRIORITIES, 'How bad it is.', DEFAULTS.notify.priority)),
    address: Type.Optional(
      url(
        `Default: ${DEFAULTS.notify.opsgenie}; in Europe https://api.eu.opsgenie.com, for Jira Service Management https://api.atlassian.com/jsm/ops/integration.`,
      ),
    ),
  },
);

const mailbox = (description: string) =>
  formed(
    'an address, as in ops@example.com or Ops <ops@example.com>',
    '^[^<>@\\s]+@[^<>@\\s]+$|^[^<>@\\r\\n]+<[^<>@\\s]+@[^<>@\\s]+>$',
    description,
  );

const email = closed('Mail, by SMTP.', {
  server: formed(
    'a host and a port, as in smtp.example.com:587',
    '^[A-Za-z0-9.-]+:[0-9]{1,5}$|^\\[[0-9A-Fa-f:.]+\\]:[0-9]{1,5}$',
    'The server, and its port.',
  ),
  security: Type.Optional(
    word(
      MAIL_SECURITIES,
      'A plain connection that is encrypted before anything is said, one that begins so, or none of it.',
      DEFAULTS.notify.security,
    ),
  ),
  user: Type.Optional(text('Who logs in; without it, nobody does.')),
  password: Type.Optional(secret('The password of the user.')),
  from: mailbox('Whose mail it is.'),
  to: list(mailbox('A recipient.'), 'Who gets it.', { maxItems: 50 }),
});

const github = closed('A deployment of GitHub for each release, with its statuses.', {
  repository: formed(
    'a repository, as in owner/name',
    '^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$',
    'The repository.',
  ),
  token: secret('A token that may write deployments.'),
  ref: text('What is deployed: a branch, tag or commit, with the same placeholders as the message.', {
    maxLength: 255,
  }),
  environment: text('The environment of the deployment.', { maxLength: 255 }),
  address: Type.Optional(url(`The API. Default: ${DEFAULTS.notify.github}.`)),
});

/** The channels, by the name that they are written with. */
const channels = {
  slack: Type.Optional(slack),
  teams: Type.Optional(room('Microsoft Teams.', 'The URL of a workflow that posts what it is sent.')),
  discord: Type.Optional(room('Discord.', 'The URL of a webhook.')),
  googleChat: Type.Optional(
    room('Google Chat: messages about one release are one thread.', 'The URL of a webhook.'),
  ),
  rocketChat: Type.Optional(room('Rocket.Chat.', 'The URL of an incoming integration.')),
  pagerDuty: Type.Optional(pagerDuty),
  opsgenie: Type.Optional(opsgenie),
  email: Type.Optional(email),
  github: Type.Optional(github),
  webhook: Type.Optional(webhook),
};

/** One item of `spec.notify`. */
export const listener = closed(
  'One listener.',
  {
    name: formed(
      'a name of letters, digits, dots, hyphens and underscores, of 63 characters at most',
      '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      'Its name.',
    ),
    on: list(word(NOTICE_MOMENTS, 'A moment of a release.'), 'What it hears of.'),
    message: Type.Optional(
      text(
        'The text in place of the usual one. It may ask for `{{name}}`, `{{namespace}}`, `{{moment}}`, `{{release}}`, `{{revision}}`, `{{stable}}`, `{{reason}}`, `{{verdict}}`, `{{numbers}}`, `{{duration}}` and `{{who}}`.',
        { maxLength: 2_000 },
      ),
    ),
    link: Type.Optional(
      text('Where people look further: an http or https URL, with the same placeholders.', {
        maxLength: 2_000,
      }),
    ),
    ...channels,
  },
  oneOf('channel', Object.keys(channels)),
);
