import { Command, Option } from 'commander';
import { VERSION } from '../base/version.ts';
import { createCli, type Cli } from './cli.ts';
import { addAdopt } from './commands/adopt.ts';
import { addAnalyze } from './commands/analyze.ts';
import { addApply } from './commands/apply.ts';
import { addApprove } from './commands/approve.ts';
import { addCompletion } from './commands/completion.ts';
import { addDashboard } from './commands/dashboard.ts';
import { addDelete } from './commands/delete.ts';
import { addDemo } from './commands/demo.ts';
import { addDescribe } from './commands/describe.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDown } from './commands/down.ts';
import { addAudit } from './commands/audit.ts';
import { addEvents } from './commands/events.ts';
import { addExec } from './commands/exec.ts';
import { addGet } from './commands/get.ts';
import { addHistory } from './commands/history.ts';
import { addInit } from './commands/init.ts';
import { addInstall } from './commands/install.ts';
import { addLogs } from './commands/logs.ts';
import { addMaintenance } from './commands/maintenance.ts';
import { addNotify } from './commands/notify.ts';
import { addOperator } from './commands/operator.ts';
import { addPlan } from './commands/plan.ts';
import { addRelease } from './commands/release.ts';
import { addReport } from './commands/report.ts';
import { addRestart } from './commands/restart.ts';
import { addScale } from './commands/scale.ts';
import { addService } from './commands/service.ts';
import { addSimulate } from './commands/simulate.ts';
import { addSteering } from './commands/steer.ts';
import { addStrategies } from './commands/strategies.ts';
import { addSession } from './commands/session.ts';
import { addToken } from './commands/token.ts';
import { addTop } from './commands/top.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';
import { addWait } from './commands/wait.ts';
import { addWatch } from './commands/watch.ts';
import { EXIT_STATUSES } from './exit-statuses.ts';
import type { Io } from './io.ts';
import { gather } from './option-values.ts';

/** In the order of the help. */
const COMMANDS: readonly ((cli: Cli) => void)[] = [
  addDemo,
  addInit,
  addValidate,
  addUp,
  addDown,
  addApply,
  addAdopt,
  addStrategies,
  addPlan,
  addSimulate,
  addAnalyze,
  addRelease,
  addGet,
  addDescribe,
  addWatch,
  addWait,
  addTop,
  addDashboard,
  addSteering,
  addApprove,
  addMaintenance,
  addNotify,
  addRestart,
  addScale,
  addHistory,
  addReport,
  addEvents,
  addAudit,
  addLogs,
  addExec,
  addDelete,
  addToken,
  addSession,
  addDoctor,
  addService,
  addInstall,
  addOperator,
  addCompletion,
];

/** The whole command line. `onExit` is told the status of the command that ran. */
export function createProgram(io: Io, onExit: (status: number) => void): Command {
  const statuses = EXIT_STATUSES.map(([status, meaning]) => `  ${String(status).padEnd(4)} ${meaning}`);
  const program = new Command('coalmine')
    .description(
      'Moves traffic from the version you trust to the version you want, and goes forward or back by itself.',
    )
    .version(VERSION, '--version', 'print the version')
    .helpOption('--help', 'print help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', `\nExit status:\n${statuses.join('\n')}`);
  addGlobalOptions(program);
  const cli = createCli(program, io, onExit);
  for (const add of COMMANDS) add(cli);
  return program;
}

function addGlobalOptions(program: Command): void {
  program
    .option(
      '--data-dir <dir>',
      'where coalmine keeps everything (default: $COALMINE_DATA_DIR, or .coalmine here or above)',
    )
    .option(
      '--host <address>',
      'work on another machine, as ssh://user@machine:22/data-directory (default: $COALMINE_HOST)',
    )
    .option('--kubeconfig <file>', 'work on a Kubernetes cluster, reached as this file says')
    .option('--context <name>', 'work on the cluster of this context (default: the current one)')
    .option('-n, --namespace <name>', 'work on this namespace of a cluster (default: that of the context)')
    .option(
      '--token-file <file>',
      'work as the holder of the token in a file (default: $COALMINE_TOKEN; without one, as who may open the socket)',
    )
    .option(
      '-f, --file <file>',
      'file that declares Rollouts; may be given several times (default: ./coalmine.yaml, or coalmine.ts)',
      gather,
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print answers')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
    .option('--no-color', 'print without colours, as NO_COLOR does')
    .option('-y, --yes', 'do not ask before something is taken away');
}
