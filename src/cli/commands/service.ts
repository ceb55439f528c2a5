import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { listeningOptions, tlsPortOption } from '../listening.ts';
import { workersOption } from '../option-values.ts';
import { forgettingOption, withRemembered, type Forgetting } from '../remembered.ts';
import type { UninstallOptions } from '../service/installed.ts';
import type { InstallOptions, ServiceOptions } from '../service/setting.ts';

/** `service install`, `service uninstall`, `service status` */
export function addService({ program, act }: Cli): void {
  const service = program
    .command('service')
    .description('run coalmine as a service of systemd, so that it starts with the machine')
    .helpCommand(false);
  addInstall(service, act);
  withPlace(service.command('uninstall'))
    .description('remove the units; what runs has to be stopped first')
    .option('--dry-run', 'only say what would be removed')
    .action(
      act<UninstallOptions>(async (session, options) => {
        const { uninstall } = await import('../service/installed.ts');
        return uninstall(session, options);
      }),
    );
  withPlace(service.command('status'))
    .description('show which units are installed, and whether they run')
    .action(
      act<ServiceOptions>(async (session, options) => {
        const { showStatus } = await import('../service/installed.ts');
        return showStatus(session, options);
      }),
    );
}

function addInstall(service: Command, act: Cli['act']): void {
  const command = withPlace(service.command('install')).description(
    'write units of systemd for the data directory: sockets, gateway and control process',
  );
  const tlsPort = tlsPortOption('port for HTTPS, bound by systemd as well');
  for (const option of [...listeningOptions(), tlsPort, forgettingOption()]) command.addOption(option);
  command
    .option('--gateway-workers <count>', 'processes that serve in the gateway', workersOption, 1)
    .option(
      '--run-as <user>',
      'user that coalmine and what it starts run as (default: who called sudo, or you)',
    )
    .option('--dry-run', 'only show what would be written, and what that changes')
    .option('--print', 'print the units and write nothing')
    .action(
      act<InstallOptions & Forgetting>(async (session, options) => {
        const { install } = await import('../service/install.ts');
        return install(session, await withRemembered(session, command, options));
      }),
    );
}

function withPlace(command: Command): Command {
  return command
    .option('--user', "for your own service manager, without root, instead of the machine's")
    .option('--unit-dir <dir>', 'where the units lie (default: where systemd looks for them)');
}
