import type { TestProject } from 'vitest/node';
import { startControlPlane } from './control-plane.ts';
import { controlPlanePrograms } from './programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The kubeconfig of the control plane that all files of the project `kubernetes` share; empty: there is none. */
    readonly kubeconfig: string;
  }
}

/** Starts the control plane that the files of the project share, before the first of them. Vitest calls it. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const programs = controlPlanePrograms();
  if (programs === undefined) {
    project.provide('kubeconfig', '');
    return undefined;
  }
  const plane = await startControlPlane({ programs });
  project.provide('kubeconfig', plane.kubeconfig);
  return () => plane.stop();
}
