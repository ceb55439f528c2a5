import { Type } from 'typebox';
import { choice, closed, formed, oneOf, text, textsByName } from './fields.ts';

/** An address, which everybody may read. */
export const url = (description: string) => formed('an http or https URL', '^https?://\\S+$', description);

/** Where a secret is kept. */
export const secret = (description: string) =>
  choice('place of the secret', description, {
    env: text("Name of a variable of coalmine's own environment."),
    file: text('Path of a file.'),
    secret: formed(
      'the name of a Secret and a key in it, as in prometheus/token',
      '^[a-z0-9][a-z0-9.-]{0,252}/[A-Za-z0-9._-]{1,253}$',
      'In a cluster: `name/key` of a Secret in the namespace of the Rollout.',
    ),
  });

/** How to log in. */
export const auth = closed(
  'How to log in.',
  {
    bearer: Type.Optional(secret('A bearer token.')),
    basic: Type.Optional(
      closed('User and password.', { user: text('The user.'), password: secret('The password.') }),
    ),
  },
  oneOf('way to log in', ['bearer', 'basic']),
);

/** How another system is known to be asked by us. */
export const credentials = {
  auth: Type.Optional(auth),
  sign: Type.Optional(
    closed('Sign requests as Standard Webhooks are, so that whoever is asked knows who asks.', {
      secret: secret('The key that both sides know: `whsec_` and 24 to 64 bytes in base64.'),
    }),
  ),
  headers: Type.Optional(textsByName('Further headers.')),
};

/** How another system is asked. */
export const webhook = { url: url('Where to ask.'), ...credentials };
