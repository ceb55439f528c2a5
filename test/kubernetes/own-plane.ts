import { afterAll, beforeAll } from 'vitest';
import { startControlPlane, type ControlPlane, type PlaneOptions } from './control-plane.ts';
import { controlPlanePrograms } from './programs.ts';

/**
 * The kubeconfig, while tests run, of a control plane of a file of its own, which the hooks of vitest start and stop. For what
 * is said to a whole cluster, as how writes are reviewed: other files work on the shared plane at the same time.
 */
export function ownKubeconfig(options: Pick<PlaneOptions, 'bare'> = {}): () => string {
  let plane: ControlPlane | undefined;
  beforeAll(async () => {
    const programs = controlPlanePrograms();
    if (programs !== undefined) plane = await startControlPlane({ ...options, programs });
  });
  afterAll(() => plane?.stop());
  return () => {
    if (plane === undefined) throw new Error('it is there once the tests run');
    return plane.kubeconfig;
  };
}
