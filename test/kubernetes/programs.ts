import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const;

/** The paths of what a control plane consists of. */
export type Programs = Readonly<Record<(typeof NAMES)[number], string>>;

/**
 * The programs of a control plane: where `KUBEBUILDER_ASSETS` says, where scripts/test-tools.sh builds them, or where
 * the system has them. Undefined, loudly, where one is missing; but not in CI.
 */
export function controlPlanePrograms(): Programs | undefined {
  const found = NAMES.map((name) => [name, pathOf(name)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length === 0) return Object.fromEntries(found) as Programs;
  const what = `${missing.join(', ')}: run scripts/test-tools.sh, and install etcd-server`;
  if (process.env['CI'] === 'true') throw new Error(`CI must have ${what}`);
  console.warn(`SKIPPED: everything with a real Kubernetes API server, without ${what}`);
  return undefined;
}

function pathOf(name: string): string | undefined {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const path = process.env['PATH'] ?? '';
  const places = [...(assets === undefined ? [] : [assets]), resolve('.test-tools'), ...path.split(':')];
  return places.map((place) => join(place, name)).find((file) => existsSync(file));
}
