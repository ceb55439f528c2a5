import { messageOf } from '../../base/failure.ts';
import { ok, warn, type Finding } from './finding.ts';
import { deadlineIn } from '../../system/waiting.ts';

/** An engine that is there answers at once. */
const PATIENCE_MS = 2_000;

/** Looks for an engine of containers; nothing needs one but Rollouts of containers. */
export async function containersFinding(env: Readonly<Record<string, string | undefined>>): Promise<Finding> {
  const { Engine } = await import('../../containers/engine.ts');
  const { engineSocket } = await import('../../containers/engine-address.ts');
  try {
    const socketPath = await engineSocket(env);
    if (socketPath === undefined)
      return ok('containers', 'no Docker or Podman here; only container workloads need one');
    const { name } = await Engine.connect(socketPath, deadlineIn(PATIENCE_MS));
    return ok('containers', `${name} answers at ${socketPath}`);
  } catch (cause) {
    return warn(
      'containers',
      messageOf(cause),
      'Container workloads cannot run: start Docker or Podman, or set DOCKER_HOST.',
    );
  }
}
