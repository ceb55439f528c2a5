import { Type } from 'typebox';
import { DEFAULTS } from '../defaults.ts';
import {
  choice,
  closed,
  count,
  duration,
  formed,
  list,
  oneOf,
  text,
  textOr,
  textsByName,
  word,
} from './fields.ts';

const ENV_NAME = '^[A-Za-z_][A-Za-z0-9_]*$';

/** An argument vector. */
export function command(description: string) {
  return list(text('One argument; the first is the program.'), description);
}

function probe(description: string, defaults: (typeof DEFAULTS)['ready' | 'live']) {
  return closed(
    description,
    {
      http: Type.Optional(
        formed('a path, as in /healthz', '^/\\S*$', 'Path to GET; an answer of status 200 to 399 is good.'),
      ),
      tcp: Type.Optional(closed('Good when the port accepts a connection.', {})),
      command: Type.Optional(command('Program to run; exit status 0 is good. No shell is involved.')),
      every: Type.Optional(duration('Time between two probes.', defaults.every)),
      timeout: Type.Optional(duration('How long one probe may take.', defaults.timeout)),
      within: Type.Optional(
        duration('The first good answer must come within this time of the start.', defaults.within),
      ),
      failures: Type.Optional(
        count('Bad answers in a row that count.', { default: defaults.failures, maximum: 100 }),
      ),
    },
    oneOf('probe', ['http', 'tcp', 'command']),
  );
}

const stop = closed('How a process is stopped.', {
  signal: Type.Optional(
    word(
      ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'],
      'The signal that asks it to end.',
      DEFAULTS.stop.signal,
    ),
  ),
  drain: Type.Optional(
    duration('How long it may finish its requests before it is killed.', DEFAULTS.stop.drain),
  ),
});

const limits = closed('What one process may use.', {
  memory: Type.Optional(
    formed(
      'an amount of memory, as in 512Mi or 2Gi',
      '^\\d+(\\.\\d+)?(k|K|M|G|Ki|Mi|Gi)?$',
      'Resident memory of the process and all it started; above it, it is restarted.',
    ),
  ),
});

const restart = closed('How crashed processes come back.', {
  firstDelay: Type.Optional(
    duration('Wait before the first restart; doubles with each further one.', DEFAULTS.restart.firstDelay),
  ),
  maxDelay: Type.Optional(duration('The longest wait between restarts.', DEFAULTS.restart.maxDelay)),
  crashLoopAfter: Type.Optional(
    count('So many exits in a row are a crash loop, which rolls a release back.', {
      default: DEFAULTS.restart.crashLoopAfter,
      maximum: 1_000,
    }),
  ),
  stableAfter: Type.Optional(
    duration('A process that has run this long ends the row of exits.', DEFAULTS.restart.stableAfter),
  ),
});

const running = {
  replicas: Type.Optional(count('How many run at rest.', { default: DEFAULTS.replicas, maximum: 1_000 })),
  env: Type.Optional(textsByName('Environment variables. Wins over `envFiles`.', ENV_NAME)),
  envFiles: Type.Optional(
    list(text('Path of a file.'), 'Files of `KEY=VALUE` lines; later files win over earlier ones.', {
      minItems: 0,
    }),
  ),
  ready: Type.Optional(
    probe(
      'When a replica may get traffic. Without it: when its port accepts connections, or, without traffic, once it has run for a second.',
      DEFAULTS.ready,
    ),
  ),
  live: Type.Optional(probe('When a replica must be restarted. Without it: when it exits.', DEFAULTS.live)),
  stop: Type.Optional(stop),
  limits: Type.Optional(limits),
  restart: Type.Optional(restart),
};

const process = closed('Processes on this machine, each listening on the port it is given in `$PORT`.', {
  from: textOr(
    text('A path or a git ref.'),
    closed(
      'A directory that is not copied, or what another Rollout runs.',
      {
        live: Type.Optional(text('The directory, used as it is. For development only.')),
        rollout: Type.Optional(
          text(
            'The Rollout that has it, built as it is there. Whatever becomes stable there is released here, once the gates let it.',
          ),
        ),
        revision: Type.Optional(text('Only this revision of that Rollout.')),
      },
      { what: 'artefact', of: [['live'], ['rollout', 'revision']], required: true },
    ),
    'The artefact: a directory, a `.tar` or `.tar.gz`, or `git:<ref>`; copied when a revision is made, so that later changes do not touch it. `{ rollout: shop-staging }` takes what another Rollout runs, without building it again. `{ live: . }` runs a directory without a copy, for development only.',
  ),
  build: Type.Optional(
    command(
      'Run once in the copy, before the revision may start. Not run on what another Rollout has built already.',
    ),
  ),
  command: command(
    'What to start. `$(PORT)` and other `$(NAME)` of the environment are replaced; no shell is involved.',
  ),
  ...running,
});

const container = closed('Containers on this machine, through the socket of Docker or Podman.', {
  image: text(
    'The image, with tag or digest. A release finds out its digest once, and that is what runs from then on.',
  ),
  pull: Type.Optional(
    word(
      ['missing', 'always', 'never'],
      'When a release fetches the image: if it is not here, every time, or not at all.',
      DEFAULTS.pull,
    ),
  ),
  command: Type.Optional(command("What to start instead of the image's own command.")),
  port: Type.Optional(
    count(
      'The port the program listens on in the container; it is told in `$PORT` too. Required with traffic, and for probes of http and tcp.',
      { minimum: 1, maximum: 65_535 },
    ),
  ),
  ...running,
});

const deployment = closed('A Kubernetes Deployment, adopted in place.', {
  name: text('Name of the Deployment.'),
  hold: Type.Optional(
    word(
      ['webhook', 'always'],
      'How a new template is kept from rolling by itself: paused by our webhook in the write that changes it, or paused at rest too, as without a webhook when nothing is said.',
      DEFAULTS.hold,
    ),
  ),
});

/** `spec.workload`: what runs. */
export const workload = choice('workload', 'What runs.', {
  process,
  container,
  deployment,
  statefulSet: closed('A Kubernetes StatefulSet.', { name: text('Name of the StatefulSet.') }),
  daemonSet: closed('A Kubernetes DaemonSet.', { name: text('Name of the DaemonSet.') }),
  service: closed('Two services that you deploy yourself; only the traffic is ours.', {
    stable: text('Name of the service that runs the stable version.'),
    candidate: text('Name of the service that runs the candidate.'),
  }),
  lambda: closed('An AWS Lambda function behind an alias.', {
    function: text('Name or ARN of the function.'),
    alias: text('The alias that callers use.'),
  }),
  appService: closed('An Azure App Service with deployment slots.', {
    resourceGroup: text('The resource group.'),
    name: text('Name of the app.'),
    slot: Type.Optional(text('The slot that takes the candidate.')),
  }),
  flag: closed('A variant of a feature flag.', {
    key: text('Key of the flag.'),
    variant: text('The variant to release.'),
  }),
});
