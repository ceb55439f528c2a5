import { Type } from 'typebox';
import {
  count,
  closed,
  duration,
  level,
  list,
  oneOf,
  share,
  text,
  toggle,
} from '../../rollout/schema/fields.ts';
import { margin, versionName } from './schema-words.ts';

/** What holds when nothing is written, in the written form. */
export const USUAL_REQUESTS_EACH = 10;

const MOST_REQUESTS_EACH = 10_000;
const MOST_USERS = 1_000_000_000;
const MOST_VALUES = 10_000;

/** Who sends the requests. */
export const users = closed('Who sends the requests, where users are told apart.', {
  requests: Type.Optional(
    Type.Number({
      description: 'Requests of one user, on the average.',
      minimum: 1,
      maximum: MOST_REQUESTS_EACH,
      default: USUAL_REQUESTS_EACH,
    }),
  ),
  count: Type.Optional(
    count('So many users there are, who come again and again. Without it: there are always others.', {
      maximum: MOST_USERS,
    }),
  ),
});

/** What requests say. */
export const audience = list(
  closed(
    'Requests that fit a match of a Rollout for what they say.',
    {
      header: Type.Optional(text('The header of this name.')),
      cookie: Type.Optional(text('The cookie of this name.')),
      query: Type.Optional(text('The parameter of this name.')),
      path: Type.Optional(text('The path that a match asks for, as it is written there.')),
      method: Type.Optional(text('The method that a match asks for.')),
      value: Type.Optional(
        text('Only what asks for this value of the header, cookie or parameter. Without it: for any.'),
      ),
      share: share('As many of the requests.'),
    },
    oneOf('thing that requests say', ['header', 'cookie', 'query', 'path', 'method']),
  ),
  'How many requests say what matches ask for; where nothing is written, 1% do.',
);

/** What is said at gates and what becomes of hooks. */
export const answers = list(
  closed(
    'What is answered to a gate, or becomes of a hook.',
    {
      name: text('The name of the gate or hook.'),
      version: Type.Optional(versionName('Only in releases of this version. Without it: of any.')),
      takes: Type.Optional(duration('From the question, or the start, to the answer.', '0s')),
      fails: Type.Optional(toggle('The answer is no, or the hook fails.', false)),
      never: Type.Optional(toggle('There is no answer, ever.', false)),
    },
    { what: 'way to end', of: [['fails'], ['never']], required: false },
  ),
  'What gates and hooks come to; the first that fits. Those that are not named are left out.',
);

/** What is measured for checks. */
export const measured = list(
  closed(
    'What is measured for a check.',
    {
      check: text('The name of the check.'),
      version: Type.Optional(versionName('Only of this version. Without it: of any.')),
      value: Type.Optional(level('The same all the time, in the unit of the check.')),
      values: Type.Optional(
        list(level('In the unit of the check.'), 'One after another; the last one stays.', {
          maxItems: MOST_VALUES,
        }),
      ),
      every: Type.Optional(duration('With `values`: how long each holds, from the beginning.', '1m')),
      noise: Type.Optional(margin('By how much it varies: a standard deviation.')),
    },
    oneOf('thing that is measured', ['value', 'values']),
  ),
  'What checks measure that are not measured at the gateway; the first that fits.',
);
