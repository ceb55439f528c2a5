import { messageOf } from '../base/failure.ts';
import { OWNER_MARK } from '../base/marks.ts';
import { containerName, decodeOrder, uncarried, type ContainerIdentity } from './container-order.ts';
import { Engine } from './engine.ts';
import { standIn } from './stand-in.ts';

/** Every signal that a supervisor may send. */
const STOPS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

// Seen in `ps`, and said in messages, where values of the environment are not.
const [mode = '', socketPath = '', word = ''] = process.argv.slice(2);
try {
  const engine = await Engine.connect(socketPath);
  process.exitCode = mode === 'exec' ? await probe(engine, word) : await run(engine, word);
} catch (cause) {
  process.stderr.write(`coalmine: ${messageOf(cause)}\n`);
  process.exitCode = 1;
}
// A connection that stays open must not keep what has ended.
process.exit();

function run(engine: Engine, order: string): Promise<number> {
  const stop = new AbortController();
  for (const signal of STOPS) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  return standIn({
    engine,
    order: decodeOrder(order),
    identity: identityOf(process.env),
    env: uncarried(process.env),
    stop: stop.signal,
    write: (output, bytes) => void process[output].write(bytes),
  });
}

/** Runs a probe's command in the container that the instance's process stands for. */
function probe(engine: Engine, command: string): Promise<number> {
  const words = JSON.parse(Buffer.from(command, 'base64url').toString('utf8')) as readonly string[];
  return engine.exec(containerName(identityOf(process.env)), words);
}

/** The marks of the process are the labels of the container. */
function identityOf(env: Readonly<Record<string, string | undefined>>): ContainerIdentity {
  const { COALMINE_COPY: copy } = env;
  return {
    owner: env[OWNER_MARK] ?? '',
    instance: env['COALMINE_INSTANCE'] ?? '',
    rollout: env['COALMINE_ROLLOUT'] ?? '',
    revision: env['COALMINE_REVISION'] ?? '',
    ...(copy === undefined ? {} : { copy }),
    hostPort: Number(env['PORT'] ?? 0),
  };
}
