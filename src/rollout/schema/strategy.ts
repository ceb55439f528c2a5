import { Type } from 'typebox';
import { DEFAULTS } from '../defaults.ts';
import {
  choice,
  closed,
  count,
  countOrShare,
  duration,
  formed,
  list,
  namedList,
  nothing,
  objectList,
  oneOf,
  share,
  text,
  textOr,
  textsByName,
  toggle,
  word,
} from './fields.ts';
import { match } from './traffic.ts';

const analyze = closed('Judge the canary. Ends early when it is proved safe, at once when it is bad.', {
  atLeast: Type.Optional(duration('The step takes at least this long.', DEFAULTS.analyze.atLeast)),
  atMost: Type.Optional(duration('At this time it ends by `analysis.undecided`.', DEFAULTS.analyze.atMost)),
});

const step = choice('kind of step', 'One step.', {
  weight: share('Traffic the canary gets from here on.'),
  replicas: countOrShare('Replicas the canary has from here on.'),
  pause: textOr(
    duration('How long.'),
    nothing('Until somebody resumes.'),
    'Wait this long; `{}` waits until somebody resumes.',
  ),
  analyze,
  match: match('Requests the canary gets from here on.'),
  mirror: share('Requests that are copied to the canary, until its first weight.'),
  gate: text('Name of a gate to wait at.'),
  hook: text('Name of a hook to run.'),
});

const canary = closed(
  'The candidate gets a growing part of the traffic, and all of it in the end.',
  {
    weights: Type.Optional(
      list(
        share('A weight.'),
        'Short form: each weight is a step of that weight and an `analyze` with its defaults.',
      ),
    ),
    replicas: Type.Optional(
      list(
        countOrShare('A size.'),
        'Short form without traffic: each size is a step of that many replicas and an `analyze` with its defaults.',
      ),
    ),
    steps: Type.Optional(objectList(step, 'The steps, each an object with one key.')),
    baseline: Type.Optional(
      toggle(
        'Compare with a fresh copy of stable of the size of the canary, instead of stable itself.',
        false,
      ),
    ),
    capacity: Type.Optional(
      word(
        ['match', 'fixed'],
        '`match`: as many canary replicas as its weight needs. `fixed`: all of them from the first step.',
        DEFAULTS.canary.capacity,
      ),
    ),
    earlyPromotion: Type.Optional(
      toggle('A step may end before its longest time, when the checks have proved the canary safe.', true),
    ),
  },
  oneOf('way to write the steps', ['weights', 'replicas', 'steps']),
);

const blueGreen = closed('All traffic moves at once to a second, complete set of replicas.', {
  preview: Type.Optional(
    closed(
      'What the new set gets before the switch.',
      {
        match: Type.Optional(match('These requests.')),
        mirror: Type.Optional(share('Copies of this share of the requests, judged before the switch.')),
      },
      oneOf('preview', ['match', 'mirror']),
    ),
  ),
  bake: Type.Optional(
    duration('How long it is judged after the switch; `0s`: not at all.', DEFAULTS.blueGreen.bake),
  ),
  keepStable: Type.Optional(
    duration(
      'How long the old set stays ready after that, for an instant way back; `0s`: it stops.',
      DEFAULTS.blueGreen.keepStable,
    ),
  ),
});

const ramped = closed('Replicas are replaced a few at a time.', {
  maxSurge: Type.Optional(
    countOrShare('Replicas above the normal number; a share is rounded up.', DEFAULTS.ramped.maxSurge),
  ),
  maxUnavailable: Type.Optional(
    countOrShare(
      'Replicas below the normal number; a share is rounded down.',
      DEFAULTS.ramped.maxUnavailable,
    ),
  ),
  partition: Type.Optional(countOrShare('Replicas that keep the old version until somebody resumes.')),
  pauseEvery: Type.Optional(countOrShare('After each so many new replicas, wait until somebody resumes.')),
});

const variant = closed('One variant.', {
  name: text('Its name.'),
  share: Type.Optional(share('The users it gets.')),
  match: Type.Optional(match('These requests too, which are no part of the experiment.')),
  stable: Type.Optional(toggle('This is what runs today.', false)),
  env: Type.Optional(textsByName('Environment variables of this variant.')),
});

const ab = closed('An experiment: variants side by side, for users who stay with theirs.', {
  unit: textOr(
    word(['auto'], 'An id that the gateway gives.'),
    choice('unit', 'Where the id of a user is.', {
      cookie: text('Name of a cookie.'),
      header: text('Name of a header.'),
      query: text('Name of a query parameter.'),
    }),
    'What tells one user from another: a cookie, a header, a query parameter, or `auto`.',
  ),
  variants: namedList(variant, 'What is compared.'),
  goal: closed(
    'What should get better.',
    {
      conversion: Type.Optional(
        closed('Users who send such a request.', {
          method: Type.Optional(text('HTTP method.')),
          path: text('Path of the request.'),
          status: Type.Optional(
            formed('a status or a class, as in 201 or 2xx', '^[1-5]([0-9]{2}|xx)$', 'Answer.'),
          ),
        }),
      ),
      check: Type.Optional(text('Name of a check whose metric is compared, by user.')),
      minimumEffect: Type.Optional(share('The smallest relative difference worth finding.')),
    },
    oneOf('goal', ['conversion', 'check']),
  ),
  endWhen: Type.Optional(
    closed('When the experiment is over.', {
      decided: Type.Optional(toggle('As soon as the evidence is enough.', true)),
      users: Type.Optional(count('After so many users.')),
      atMost: Type.Optional(duration('After this time at the latest.', DEFAULTS.ab.atMost)),
    }),
  ),
  winner: Type.Optional(
    closed('What happens then.', {
      whenBetter: Type.Optional(word(['promote', 'ask'], 'A variant is better.', DEFAULTS.ab.whenBetter)),
      otherwise: Type.Optional(word(['keepStable', 'ask'], 'None is.', DEFAULTS.ab.otherwise)),
    }),
  ),
});

const shadow = closed('The candidate gets copies of requests; its answers are compared and thrown away.', {
  share: share('Requests that are copied.'),
  methods: Type.Optional(
    list(text('HTTP method.'), 'Only requests of these methods. Without it: GET and HEAD.'),
  ),
  until: Type.Optional(
    closed('When it is over: whatever comes first.', {
      requests: Type.Optional(count('After so many requests.')),
      atMost: Type.Optional(duration('After this time.', DEFAULTS.shadow.until.atMost)),
    }),
  ),
  compare: Type.Optional(
    closed('What must be alike in both answers.', {
      status: Type.Optional(toggle('The status.', DEFAULTS.shadow.compare.status)),
      headers: Type.Optional(toggle('The headers.', DEFAULTS.shadow.compare.headers)),
      latency: Type.Optional(toggle('The time they take: no more than 10% longer.', false)),
      body: Type.Optional(
        closed('The body; without it, bodies are not looked into.', {
          ignore: Type.Optional(
            list(text('A JSON pointer; `*` stands for any key or place.'), 'Parts that may differ.', {
              minItems: 0,
            }),
          ),
        }),
      ),
      differ: Type.Optional(share('Answers that may differ.', DEFAULTS.shadow.compare.differ)),
    }),
  ),
  then: Type.Optional(
    choice('sequel', 'What follows.', { discard: nothing('The candidate is stopped.'), canary }),
  ),
});

/** `spec.strategy`: how the candidate takes over. */
export const strategy = choice('strategy', 'How a new version takes over.', {
  recreate: nothing(
    'The old version stops before the new one starts, for programs of which only one may run.',
  ),
  ramped,
  blueGreen,
  canary,
  ab,
  shadow,
});
