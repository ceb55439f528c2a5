/** Where the secrets of a listener are written: in `env`, `file` or `secret` below these keys. */
export const NOTIFY_SECRETS: readonly (readonly string[])[] = [
  ['webhook', 'urlFrom'],
  ['webhook', 'auth', 'bearer'],
  ['webhook', 'auth', 'basic', 'password'],
  ['webhook', 'sign', 'secret'],
  ['slack', 'webhook'],
  ['slack', 'token'],
  ['teams', 'webhook'],
  ['discord', 'webhook'],
  ['googleChat', 'webhook'],
  ['rocketChat', 'webhook'],
  ['pagerDuty', 'routingKey'],
  ['opsgenie', 'apiKey'],
  ['email', 'password'],
  ['github', 'token'],
];
