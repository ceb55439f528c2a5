import type { SystemView } from '../../api/resources.ts';
import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { startInBackground } from '../background.ts';
import { apiPlaceOf } from '../api-listening.ts';
import { identitiesOf } from '../identity-options.ts';
import { declareAfterStart } from '../declaring.ts';
import { filesFor, readDeclared } from '../documents.ts';
import { listeningOf, upListeningOptions, writtenListening, type Listening } from '../listening.ts';
import { otlpOption, workersOption } from '../option-values.ts';
import { systemLines } from '../output/system.ts';
import { forgettingOption, remember, withRemembered, type Forgetting } from '../remembered.ts';
import type { Session } from '../session.ts';

interface UpOptions extends Listening, Forgetting {
  readonly detach?: boolean;
  readonly gatewayTlsPort: number;
  readonly gatewayWorkers: number;
  readonly quiet?: boolean;
  readonly otlpEndpoint?: string;
  readonly startGateway: boolean;
  /** Set for the process in the background: whoever started it has said everything, declares and tells. */
  readonly background?: boolean;
}

/** `up [FILE…]` */
export function addUp({ program, act }: Cli): void {
  const hidden = program.createOption('--background').hideHelp();
  const command = program.command('up');
  for (const option of [...upListeningOptions(), forgettingOption()]) command.addOption(option);
  command
    .argument('[file...]', 'Rollouts to declare; ./coalmine.yaml, or coalmine.ts, when none is declared yet')
    .description('start coalmine here: the control process, the gateway, and what is declared')
    .option('--detach', 'start it in the background and return once it answers')
    .option(
      '--no-start-gateway',
      'leave starting the gateway to a service manager, as "service install" does',
    )
    .option(
      '--gateway-workers <count>',
      'processes that serve in the gateway, where this starts it',
      workersOption,
      1,
    )
    .option('--quiet', 'log errors only')
    .addOption(otlpOption())
    .addOption(hidden)
    .action(
      act<UpOptions>(async (session, told, files) => {
        session.refuseRemote();
        await refuseSecond(session);
        const wanted = told.background === true ? told : await withRemembered(session, command, told);
        refuseOnePort(wanted);
        const options = { ...wanted, ...listeningOf(wanted, (written) => session.path(written)) };
        if (files.length > 0) await readDeclared(session, await filesFor(session, files));
        return options.detach === true
          ? upDetached(session, options, files)
          : upHere(session, options, files);
      }),
    );
}

function refuseOnePort({ gatewayPort, gatewayTlsPort }: UpOptions): void {
  if (gatewayPort === 0 || gatewayPort !== gatewayTlsPort) return;
  throw new Failure('usage', `--gateway-port and --gateway-tls-port are both ${gatewayPort}`, {
    hint: 'HTTP and HTTPS need a port each, as in --gateway-port 80 --gateway-tls-port 443',
  });
}

async function refuseSecond(session: Session): Promise<void> {
  const system = await systemOf(session);
  if (system === undefined) return;
  throw new Failure('alreadyRunning', `coalmine runs already in ${session.dataDir}, process ${system.pid}`, {
    hint: 'Use it, or stop it first: "coalmine down --keep-serving" lets what serves go on.',
  });
}

/** Undefined when nobody answers. */
async function systemOf(session: Session): Promise<SystemView | undefined> {
  const client = await session.client();
  try {
    return await client.system();
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'unreachable') return undefined;
    throw thrown;
  }
}

async function upHere(session: Session, options: UpOptions, files: readonly string[]): Promise<number> {
  const { collectorOf, createLog, runUp, tellReady } = await import('../running.ts');
  const { gatewayHost, gatewayPort, gatewayTlsPort, gatewayWorkers, metricsPort } = options;
  const { startGateway, quiet = false, otlpEndpoint } = options;
  const collector = collectorOf({ endpoint: otlpEndpoint, env: session.io.env });
  const identities = identitiesOf(options);
  const api = apiPlaceOf(options);
  // A person at a terminal reads what was declared, not what goes on.
  const level = quiet ? 'error' : session.isLive ? 'warn' : 'info';
  const log = await createLog({ level, destination: 2 });
  await runUp({
    dataDir: session.dataDir,
    gatewayHost,
    gatewayPort,
    gatewayTlsPort,
    gatewayWorkers,
    ...(api === undefined ? {} : { api }),
    ...(identities === undefined ? {} : { identities }),
    ...(metricsPort === undefined ? {} : { metricsPort }),
    startsGateway: startGateway,
    log,
    collector,
    signal: session.io.interrupted,
    onReady: async (system) => {
      const troubles = [await remember(session.dataDir, options), await tellReady(session.io.env)];
      for (const trouble of troubles) if (trouble !== undefined) log.error(trouble);
      if (options.background !== true) await welcome(session, system, files);
    },
  });
  return 0;
}

async function upDetached(session: Session, options: UpOptions, files: readonly string[]): Promise<number> {
  const { gatewayWorkers, startGateway, quiet, otlpEndpoint } = options;
  await startInBackground(session, [
    'up',
    '--background',
    '--data-dir',
    session.dataDir,
    ...writtenListening(options),
    '--gateway-workers',
    String(gatewayWorkers),
    ...(quiet === true ? ['--quiet'] : []),
    ...(otlpEndpoint === undefined ? [] : ['--otlp-endpoint', otlpEndpoint]),
    ...(startGateway ? [] : ['--no-start-gateway']),
  ]);
  const system = await systemOf(session);
  if (system === undefined) throw new Failure('unreachable', 'coalmine ended right after its start');
  return (await welcome(session, system, files)) ? 0 : 2;
}

/** Declares what is to be declared, and says where everything is. */
async function welcome(session: Session, system: SystemView, files: readonly string[]): Promise<boolean> {
  const declared = await declareAfterStart(session, files);
  const dashboard = await dashboardOf(session, system);
  await session.print({ ...system, declared: declared.answers }, () =>
    systemLines({ system, ...declared, ...(dashboard === undefined ? {} : { dashboard }) }),
  );
  return declared.broken === undefined;
}

/** A link for the person at the terminal. What is not read there may be kept, and a link is a secret. */
async function dashboardOf(session: Session, { api }: SystemView): Promise<string | undefined> {
  if (api === undefined) return undefined;
  if (!session.isLive) return '"coalmine dashboard" prints a link to it';
  const client = await session.client();
  const { url } = await client.createLink({});
  return `${url} (good once, for 10 minutes)`;
}
