import { InvalidArgumentError, Option } from 'commander';
import { bracketed } from '../api/access/site.ts';
import { refuseUnsafe, type Names } from '../api/access/reach.ts';
import type { ApiPlace } from '../embedded/api-place.ts';
import { Failure } from '../base/failure.ts';
import { gather, portOption } from './option-values.ts';

/** Where the API listens over TCP, and who gets there how. */
export interface ApiListening {
  readonly apiPort?: number;
  readonly apiListen?: { readonly address: string; readonly port: number };
  /** What it is called besides. */
  readonly apiHost?: readonly string[];
  /** Files, absolute once they are read. */
  readonly apiTlsCert?: string;
  readonly apiTlsKey?: string;
  readonly apiBehindProxy?: readonly string[];
}

/** The options of `ApiListening`. */
export function apiListeningOptions(): readonly Option[] {
  return [
    new Option(
      '--api-port <port>',
      'port on which the API and the dashboard answer on this machine; 0 for any that is free',
    ).argParser(portOption),
    new Option(
      '--api-listen <address:port>',
      'address and port on which they answer, for other machines too; needs TLS or a proxy that speaks it',
    )
      .argParser(placeOption)
      .conflicts('apiPort'),
    new Option(
      '--api-host <name>',
      'what users call it, with the port where that is not the usual one; may be given several times',
    ).argParser(gather),
    new Option('--api-tls-cert <file>', 'its certificate, in PEM; read again when it changes'),
    new Option('--api-tls-key <file>', 'the key of that certificate'),
    new Option(
      '--api-behind-proxy <address>',
      'address, or range, of a proxy that speaks TLS to users; may be given several times',
    ).argParser(gather),
  ];
}

/** The options as they are written, for a command line that runs later. */
export function writtenApiListening(options: ApiListening): string[] {
  const { apiPort, apiListen, apiHost = [], apiTlsCert, apiTlsKey, apiBehindProxy = [] } = options;
  return [
    ...(apiPort === undefined ? [] : ['--api-port', String(apiPort)]),
    ...(apiListen === undefined ? [] : ['--api-listen', `${bracketed(apiListen.address)}:${apiListen.port}`]),
    ...apiHost.flatMap((host) => ['--api-host', host]),
    ...(apiTlsCert === undefined ? [] : ['--api-tls-cert', apiTlsCert]),
    ...(apiTlsKey === undefined ? [] : ['--api-tls-key', apiTlsKey]),
    ...apiBehindProxy.flatMap((proxy) => ['--api-behind-proxy', proxy]),
  ];
}

/** These options alone, with absolute paths. Throws Failure `usage` for what does not go together or is not safe. */
export function apiListeningOf(options: ApiListening, path: (written: string) => string): ApiListening {
  const { apiPort, apiListen, apiHost, apiTlsCert, apiTlsKey, apiBehindProxy } = options;
  const rest = {
    ...(apiHost === undefined ? {} : { apiHost }),
    ...(apiTlsCert === undefined ? {} : { apiTlsCert: path(apiTlsCert) }),
    ...(apiTlsKey === undefined ? {} : { apiTlsKey: path(apiTlsKey) }),
    ...(apiBehindProxy === undefined ? {} : { apiBehindProxy }),
  };
  refuseHalf(options);
  refuseUnsafe(namesOf(options), apiTlsCert !== undefined);
  return {
    ...(apiPort === undefined ? {} : { apiPort }),
    ...(apiListen === undefined ? {} : { apiListen }),
    ...rest,
  };
}

/** Where the control process is to answer over TCP; undefined: nowhere. */
export function apiPlaceOf(options: ApiListening): ApiPlace | undefined {
  const { apiPort, apiListen, apiTlsCert: certificate, apiTlsKey: key } = options;
  const port = apiListen?.port ?? apiPort;
  if (port === undefined) return undefined;
  const files = certificate === undefined || key === undefined ? {} : { files: { certificate, key } };
  return { port, names: namesOf(options), ...files };
}

function namesOf({ apiListen, apiHost, apiBehindProxy }: ApiListening): Names {
  return {
    ...(apiListen === undefined ? {} : { address: apiListen.address }),
    ...(apiHost === undefined ? {} : { hosts: apiHost }),
    ...(apiBehindProxy === undefined ? {} : { proxies: apiBehindProxy }),
  };
}

/** Reads `address:port`; an IPv6 address stands in brackets. */
function placeOption(text: string): { readonly address: string; readonly port: number } {
  const [, inBrackets, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = inBrackets ?? plain;
  if (address !== undefined) return { address, port: portOption(port) };
  throw new InvalidArgumentError('Write an address and a port, as in 10.0.0.5:7070 or [::1]:7070.');
}

function refuseHalf(options: ApiListening): void {
  const { apiPort, apiListen, apiTlsCert, apiTlsKey, apiHost, apiBehindProxy } = options;
  if ((apiTlsCert === undefined) !== (apiTlsKey === undefined)) {
    throw new Failure('usage', '--api-tls-cert and --api-tls-key go together', {
      hint: 'Name the certificate and its key, each a file in PEM.',
    });
  }
  const isAnywhere = apiPort !== undefined || apiListen !== undefined;
  if (isAnywhere || [apiTlsCert, apiHost, apiBehindProxy].every((one) => one === undefined)) return;
  throw new Failure('usage', 'nothing is said of where the API listens over TCP', {
    hint: 'Add --api-port, or --api-listen for other machines, as in --api-listen 0.0.0.0:7070.',
  });
}
