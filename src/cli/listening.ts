import { Option } from 'commander';
import {
  apiListeningOf,
  apiListeningOptions,
  writtenApiListening,
  type ApiListening,
} from './api-listening.ts';
import {
  identityOptions,
  identityWishesOf,
  writtenIdentities,
  type IdentityWishes,
} from './identity-options.ts';
import { portOption } from './option-values.ts';

/** Where and on which ports coalmine listens, and whom it lets in there. */
export interface Listening extends ApiListening, IdentityWishes {
  readonly gatewayHost: string;
  readonly gatewayPort: number;
  readonly gatewayTlsPort?: number;
  readonly metricsPort?: number;
}

/** Where `up` listens when nothing is said. */
export const USUAL_LISTENING = { gatewayHost: '127.0.0.1', gatewayPort: 8080, gatewayTlsPort: 8443 } as const;

/** The options of `Listening`, but for `--gateway-tls-port`. */
export function listeningOptions(): readonly Option[] {
  return [
    new Option('--gateway-host <address>', 'address on which the gateway listens').default(
      USUAL_LISTENING.gatewayHost,
    ),
    new Option('--gateway-port <port>', 'port on which the gateway listens; 0 for any that is free')
      .argParser(portOption)
      .default(USUAL_LISTENING.gatewayPort),
    ...apiListeningOptions(),
    ...identityOptions(),
    new Option(
      '--metrics-port <port>',
      'port on which Prometheus may scrape the gateway, and learn where processes listen',
    ).argParser(portOption),
  ];
}

/** `--gateway-tls-port`; it says itself when the port is opened. */
export function tlsPortOption(description: string): Option {
  return new Option('--gateway-tls-port <port>', description).argParser(portOption);
}

/** All of them as `up` takes them. */
export function upListeningOptions(): readonly Option[] {
  const tlsPort = 'port for HTTPS, opened once a Rollout has traffic.gateway.tls; 0 for any that is free';
  return [...listeningOptions(), tlsPortOption(tlsPort).default(USUAL_LISTENING.gatewayTlsPort)];
}

/** These options alone, with absolute paths. Throws Failure `usage` for what does not go together or is not safe. */
export function listeningOf(options: Listening, path: (written: string) => string): Listening {
  const { gatewayHost, gatewayPort, gatewayTlsPort, metricsPort } = options;
  return {
    gatewayHost,
    gatewayPort,
    ...(gatewayTlsPort === undefined ? {} : { gatewayTlsPort }),
    ...apiListeningOf(options, path),
    ...identityWishesOf(options, path),
    ...(metricsPort === undefined ? {} : { metricsPort }),
  };
}

/** These options as they are written, for a command line that runs later. */
export function writtenListening(options: Partial<Listening>): string[] {
  const { gatewayHost, gatewayPort, gatewayTlsPort, metricsPort } = options;
  return [
    ...(gatewayHost === undefined ? [] : ['--gateway-host', gatewayHost]),
    ...(gatewayPort === undefined ? [] : ['--gateway-port', String(gatewayPort)]),
    ...(gatewayTlsPort === undefined ? [] : ['--gateway-tls-port', String(gatewayTlsPort)]),
    ...writtenApiListening(options),
    ...writtenIdentities(options),
    ...(metricsPort === undefined ? [] : ['--metrics-port', String(metricsPort)]),
  ];
}
