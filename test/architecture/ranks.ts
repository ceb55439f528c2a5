import { posix } from 'node:path';
import { complaint, importsOf, type Import, type Module } from './module.ts';

/** How far out a folder is. A file imports from its own folder or from one of a lower rank. */
export const RANKS: Readonly<Record<string, number>> = {
  base: 0,
  rollout: 0,
  analysis: 1,
  strategy: 1,
  engine: 2,
  files: 3,
  system: 3,
  telemetry: 3,
  controller: 4,
  acme: 5,
  config: 5,
  store: 5,
  gateway: 5,
  supervisor: 5,
  containers: 5,
  kube: 5,
  report: 5,
  tracing: 5,
  workloads: 6,
  traffic: 6,
  metrics: 6,
  errands: 6,
  notify: 6,
  api: 7,
  embedded: 8,
  operator: 8,
  gitops: 8,
  simulate: 8,
  client: 9,
  cli: 10,
};

/** Rank 0 has two folders that build on each other in one direction. */
const SAME_RANK: readonly string[] = ['rollout → base'];

/** Folders whose results depend on their arguments alone. */
export function isPure(folder: string): boolean {
  return (RANKS[folder] ?? Infinity) <= 2;
}

/** Packages that do nothing but compute. */
const PURE_PACKAGES: readonly string[] = ['typebox', '@marcbachmann/cel-js'];

/** Complaints about where a module reaches. `packages` are those the product is shipped with. */
export function importComplaints(module: Module, packages: readonly string[]): readonly string[] {
  return importsOf(module).flatMap((one) => {
    const what = one.specifier.startsWith('.')
      ? relativeProblem(module, one.specifier)
      : outsideProblem(module, one, packages);
    return what === undefined ? [] : [complaint(module, one.node, what)];
  });
}

function relativeProblem(module: Module, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(module.path), specifier);
  const folder = target.split('/')[1] ?? '';
  if (target.includes('/testing/')) return `the product does not use what is for tests: ${specifier}`;
  const [own, other] = [RANKS[module.folder], RANKS[folder]];
  if (!specifier.endsWith('.ts')) return `write ${specifier} with its ending .ts`;
  if (!target.startsWith('src/')) return `the product does not reach outside src/: ${specifier}`;
  if (folder === module.folder || own === undefined || other === undefined) return undefined;
  if (other < own || SAME_RANK.includes(`${module.folder} → ${folder}`)) return undefined;
  return `${module.folder} (rank ${own}) may not import from ${folder} (rank ${other})`;
}

function outsideProblem(module: Module, one: Import, packages: readonly string[]): string | undefined {
  const { specifier, names } = one;
  if (specifier.startsWith('node:')) {
    const isHashOnly = specifier === 'node:crypto' && names?.join() === 'createHash';
    return isPure(module.folder) && !isHashOnly ? `${module.folder} is pure: no ${specifier}` : undefined;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (!packages.includes(name)) return `${name} is not a dependency of the product`;
  if (isPure(module.folder) && !PURE_PACKAGES.includes(name)) return `${module.folder} is pure: no ${name}`;
  return undefined;
}

/** Complaints about a module's place and name. */
export function placeComplaints({ path, folder, source }: Module): readonly string[] {
  const complaints: string[] = [];
  const segments = path.split('/').slice(1);
  if (segments.length < 2 || RANKS[folder] === undefined)
    complaints.push(`${path}: has no ranked folder (test/architecture/ranks.ts)`);
  for (const segment of segments) {
    const word = segment.replace(/\.tsx?$/, '');
    if (/^(utils?|helpers?|common|misc|shared|manager)$/.test(word.split('-').at(-1) ?? ''))
      complaints.push(`${path}: \`${word}\` says nothing; name it after what is in it`);
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(word)) complaints.push(`${path}: \`${word}\` is not kebab-case`);
  }
  const lines = source.getLineStarts().length;
  if (lines > 401) complaints.push(`${path}: ${lines - 1} lines; a file has 400 at most`);
  return complaints;
}
