import { connect, createServer } from 'node:net';
import type { SystemView } from '../../api/resources.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { USUAL_LISTENING } from '../listening.ts';
import { readRemembered } from '../remembered.ts';
import type { Session } from '../session.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

const CONNECT_WITHIN_MS = 2_000;

/** Looks at the control process, and, through it, at the gateway. */
export async function runningFindings(session: Session): Promise<readonly Finding[]> {
  const client = await session.client();
  try {
    const system = await client.system();
    const problems = system.problems.map((problem) =>
      warn('running', problem, 'See "coalmine events" and the logs.'),
    );
    return [
      ok('control', `process ${system.pid}, version ${system.version}`),
      ...problems,
      ...(await gatewayFindings(system)),
    ];
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    if (thrown.code !== 'unreachable')
      return [fail('control', thrown.message, thrown.hint ?? 'Start it anew.')];
    return [
      warn('control', 'coalmine is not running here', 'Start it with "coalmine up".'),
      await portFinding(session),
    ];
  }
}

async function gatewayFindings({ gateway }: SystemView): Promise<readonly Finding[]> {
  if (gateway === undefined) {
    return [fail('gateway', 'it does not answer', 'It is started again by itself; see up.log if it is not.')];
  }
  return Promise.all(
    gateway.addresses.map(async (address) => {
      const refused = await whyNotConnected(address);
      return refused === undefined
        ? ok('gateway', `process ${gateway.pid} answers at ${address}`)
        : fail(
            'gateway',
            `${address}: ${refused}`,
            'See whether a firewall or another process is in the way.',
          );
    }),
  );
}

function whyNotConnected(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { hostname, port, protocol } = new URL(address);
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port || (protocol === 'https:' ? 443 : 80)) });
    const end = (answer: string | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CONNECT_WITHIN_MS, () => {
      end('no answer in time');
    });
    socket.once('connect', () => {
      end(undefined);
    });
    socket.once('error', (error) => {
      end(error.message);
    });
  });
}

/** Looks at whether the port could be had that the gateway would be started at. */
async function portFinding(session: Session): Promise<Finding> {
  try {
    const { gatewayHost, gatewayPort } = { ...USUAL_LISTENING, ...(await readRemembered(session.dataDir)) };
    return await portFindingAt(gatewayHost, gatewayPort);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return fail('gateway port', thrown.message, thrown.hint ?? 'Say it with "coalmine up --gateway-port".');
  }
}

function portFindingAt(host: string, port: number): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      const hint =
        'Choose another with "coalmine up --gateway-port", unless the gateway itself serves there still.';
      resolve(warn('gateway port', messageOf(error), hint));
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve(ok('gateway port', `${port === 0 ? 'one' : port} is free`));
      });
    });
  });
}
