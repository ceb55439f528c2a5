import { join } from 'node:path';
import { writtenListening, type Listening } from '../listening.ts';
import { execLine, type Section, type Unit } from './unit-file.ts';

/** What the units run, and how. */
export interface ServiceSetting extends Listening {
  readonly dataDir: string;
  readonly gatewayWorkers: number;
  /** The user it runs as; absent for a unit of a user's own service manager. */
  readonly runAs?: string;
  /** Node itself. */
  readonly node: string;
  /** The command's file. */
  readonly entry: string;
  readonly gatewayEntry: string;
}

/** The names of the units. */
export const UNIT_NAMES = {
  control: 'coalmine.service',
  gateway: 'coalmine-gateway.service',
  socket: 'coalmine-gateway.socket',
} as const;

type Lines = Section['lines'];

/** What neither the gateway nor a certificate's or a log's path could need. Only a system's service manager can do all. */
const GATEWAY_PROTECTION: Lines = [
  ['ProtectSystem', 'full'],
  ['ProtectControlGroups', 'yes'],
  ['ProtectKernelTunables', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectClock', 'yes'],
  ['ProtectHostname', 'yes'],
  ['PrivateDevices', 'yes'],
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
  ['RestrictNamespaces', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['LockPersonality', 'yes'],
  ['SystemCallArchitectures', 'native'],
  ['CapabilityBoundingSet', ''],
];

/** Workloads run under the same limits as the control process, and live on when it is replaced: so few, and lasting ones. */
const CONTROL_PROTECTION: Lines = [
  ['ProtectSystem', 'full'],
  ['ProtectControlGroups', 'yes'],
];

/** The three units: sockets, the gateway that serves them, and the control process. */
export function unitsOf(setting: ServiceSetting): readonly Unit[] {
  return [socketUnit(setting), gatewayUnit(setting), controlUnit(setting)];
}

/** Bound by the service manager, so that connections wait while the gateway is replaced. */
function socketUnit({ dataDir, gatewayHost, gatewayPort, gatewayTlsPort }: ServiceSetting): Unit {
  const host = gatewayHost.includes(':') ? `[${gatewayHost}]` : gatewayHost;
  return {
    name: UNIT_NAMES.socket,
    sections: [
      unitSection(`sockets of the gateway of ${dataDir}`, []),
      {
        title: 'Socket',
        lines: [
          ['ListenStream', `${host}:${gatewayPort}`],
          ['ListenStream', gatewayTlsPort === undefined ? undefined : `${host}:${gatewayTlsPort}`],
        ],
      },
      { title: 'Install', lines: [['WantedBy', 'sockets.target']] },
    ],
  };
}

function gatewayUnit(setting: ServiceSetting): Unit {
  const { dataDir, node, gatewayEntry, gatewayWorkers, runAs } = setting;
  const workers = ['--workers', String(gatewayWorkers)];
  return {
    name: UNIT_NAMES.gateway,
    sections: [
      unitSection(`gateway of ${dataDir}`, [
        ['Requires', UNIT_NAMES.socket],
        ['After', `${UNIT_NAMES.socket} network.target`],
      ]),
      {
        title: 'Service',
        lines: [
          ['ExecStart', execLine([node, gatewayEntry, '--dir', join(dataDir, 'gateway'), ...workers])],
          ...running(setting),
          ['RestartSec', '100ms'],
          // Its master alone is told; it lets the workers drain.
          ['KillMode', 'mixed'],
          ['TimeoutStopSec', '30s'],
          ['NoNewPrivileges', 'yes'],
          ...(runAs === undefined ? [] : GATEWAY_PROTECTION),
        ],
      },
      installSection(setting),
    ],
  };
}

function controlUnit(setting: ServiceSetting): Unit {
  const { dataDir, node, entry, runAs } = setting;
  const up = [
    'up',
    '--background',
    '--no-start-gateway',
    '--data-dir',
    dataDir,
    ...writtenListening(setting),
  ];
  return {
    name: UNIT_NAMES.control,
    sections: [
      unitSection(`control of ${dataDir}`, [
        ['Wants', UNIT_NAMES.gateway],
        ['After', `${UNIT_NAMES.gateway} network.target`],
      ]),
      {
        title: 'Service',
        lines: [
          ['ExecStart', execLine([node, entry, ...up])],
          ...running(setting),
          ['RestartSec', '1s'],
          // Wrong usage does not heal.
          ['RestartPreventExitStatus', '2'],
          // The next control process finds the workloads again: none is stopped with this one.
          ['KillMode', 'process'],
          // One workload that is out of memory is restarted; the others have nothing to do with it.
          ['OOMPolicy', 'continue'],
          ['TimeoutStopSec', '30s'],
          ...(runAs === undefined ? [] : CONTROL_PROTECTION),
        ],
      },
      installSection(setting),
    ],
  };
}

function unitSection(what: string, lines: Lines): Section {
  return {
    title: 'Unit',
    lines: [
      ['Description', `coalmine: ${what.replaceAll('%', '%%')}`],
      ...lines,
      // Tried again for as long as it takes.
      ['StartLimitIntervalSec', '0'],
    ],
  };
}

function running({ runAs }: ServiceSetting): Lines {
  return [
    ['Type', 'notify'],
    // `systemd-notify` tells, a process of its own.
    ['NotifyAccess', 'all'],
    ['User', runAs],
    ['Restart', 'on-failure'],
    ['LimitNOFILE', '65536'],
  ];
}

function installSection({ runAs }: ServiceSetting): Section {
  return {
    title: 'Install',
    lines: [['WantedBy', runAs === undefined ? 'default.target' : 'multi-user.target']],
  };
}
