import type { SystemView } from '../../api/resources.ts';
import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { startInBackground } from '../background.ts';
import { declareAfterStart } from '../declaring.ts';
import { filesFor, readDeclared } from '../documents.ts';
import { portOption } from '../option-values.ts';
import { systemLines } from '../output/system.ts';
import type { Session } from '../session.ts';

interface UpOptions {
  readonly detach?: boolean;
  readonly gatewayHost: string;
  readonly gatewayPort: number;
  readonly metricsPort?: number;
  readonly quiet?: boolean;
  /** Set for the process in the background: whoever started it declares and tells. */
  readonly background?: boolean;
}

/** `up [FILE…]` */
export function addUp({ program, act }: Cli): void {
  const hidden = program.createOption('--background').hideHelp();
  program
    .command('up')
    .argument('[file...]', 'Rollouts to declare; ./coalmine.yaml when none is declared yet')
    .description('start coalmine here: the control process, the gateway, and what is declared')
    .option('--detach', 'start it in the background and return once it answers')
    .option('--gateway-host <address>', 'address on which the gateway listens', '127.0.0.1')
    .option(
      '--gateway-port <port>',
      'port on which the gateway listens; 0 for any that is free',
      portOption,
      8080,
    )
    .option('--metrics-port <port>', 'port on which Prometheus may scrape the gateway', portOption)
    .option('--quiet', 'log errors only')
    .addOption(hidden)
    .action(
      act<UpOptions>(async (session, options, files) => {
        if (files.length > 0) await readDeclared(filesFor(session, files));
        await refuseSecond(session);
        return options.detach === true
          ? upDetached(session, options, files)
          : upHere(session, options, files);
      }),
    );
}

async function refuseSecond(session: Session): Promise<void> {
  const system = await systemOf(session);
  if (system === undefined) return;
  throw new Failure('alreadyRunning', `coalmine runs already in ${session.dataDir}, process ${system.pid}`, {
    hint: 'Use it, or stop it first with "coalmine down".',
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
  const { createLog, runUp } = await import('../running.ts');
  const { gatewayHost, gatewayPort, metricsPort, quiet = false } = options;
  // A person at a terminal reads what was declared, not what goes on.
  const level = quiet ? 'error' : session.isLive ? 'warn' : 'info';
  await runUp({
    dataDir: session.dataDir,
    gatewayHost,
    gatewayPort,
    ...(metricsPort === undefined ? {} : { metricsPort }),
    log: await createLog({ level, destination: 2 }),
    signal: session.io.interrupted,
    onReady: async (system) => {
      if (options.background !== true) await welcome(session, system, files);
    },
  });
  return 0;
}

async function upDetached(session: Session, options: UpOptions, files: readonly string[]): Promise<number> {
  const { gatewayHost, gatewayPort, metricsPort, quiet } = options;
  await startInBackground(session, [
    'up',
    '--background',
    '--data-dir',
    session.dataDir,
    '--gateway-host',
    gatewayHost,
    '--gateway-port',
    String(gatewayPort),
    ...(metricsPort === undefined ? [] : ['--metrics-port', String(metricsPort)]),
    ...(quiet === true ? ['--quiet'] : []),
  ]);
  const system = await systemOf(session);
  if (system === undefined) throw new Failure('unreachable', 'coalmine ended right after its start');
  return (await welcome(session, system, files)) ? 0 : 2;
}

/** Declares what is to be declared, and says where everything is. */
async function welcome(session: Session, system: SystemView, files: readonly string[]): Promise<boolean> {
  const { names, answers, failed } = await declareAfterStart(session, files);
  await session.print({ ...system, declared: answers }, () => systemLines({ system, names, answers }));
  return !failed;
}
