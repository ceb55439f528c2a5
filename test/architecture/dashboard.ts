import { posix } from 'node:path';
import { complaint, importsOf, webFolderOf, type Import, type Module } from './module.ts';

/** How far out a folder of `web/src` is. A file imports from its own folder or from one of a lower rank. */
const WEB_RANKS: Readonly<Record<string, number>> = {
  live: 0,
  parts: 1,
  actions: 2,
  panels: 2,
  pages: 3,
  main: 4,
};

/** Where values come from that the dashboard shares with the rest; of everything else it knows the types. */
const ENTRANCE = 'src/client/browser.ts';

const WEB_PACKAGES: readonly string[] = ['preact', '@preact/signals', 'uplot'];

/** Complaints about where a module of the dashboard reaches. */
export function webImportComplaints(module: Module): readonly string[] {
  return importsOf(module).flatMap((one) => {
    const what = one.specifier.startsWith('.') ? relativeProblem(module, one) : outsideProblem(one);
    return what === undefined ? [] : [complaint(module, one.node, what)];
  });
}

function relativeProblem(module: Module, { specifier, isOfTypes }: Import): string | undefined {
  const target = posix.join(posix.dirname(module.path), specifier);
  if (!/\.(tsx?|css)$/.test(specifier)) return `write ${specifier} with its ending`;
  if (target.startsWith('src/')) {
    return isOfTypes || target === ENTRANCE ? undefined : `take what runs from ${ENTRANCE}, or types only`;
  }
  if (!target.startsWith('web/src/')) return `the dashboard does not reach ${specifier}`;
  const [from, to] = [webFolderOf(module.path), webFolderOf(target)];
  if (from === to || specifier.endsWith('.css')) return undefined;
  const [own, other] = [WEB_RANKS[from], WEB_RANKS[to]];
  if (own !== undefined && other !== undefined && other < own) return undefined;
  return `${from} (rank ${String(own)}) may not import from ${to} (rank ${String(other)})`;
}

function outsideProblem({ specifier }: Import): string | undefined {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return WEB_PACKAGES.includes(name) ? undefined : `${specifier} is not for pages`;
}

/** Complaints about the place and the length of a module of the dashboard. */
export function webPlaceComplaints({ path, source }: Module): readonly string[] {
  const folder = webFolderOf(path);
  const lines = source.getLineStarts().length;
  return [
    ...(WEB_RANKS[folder] === undefined
      ? [`${path}: has no ranked folder (test/architecture/dashboard.ts)`]
      : []),
    ...(/\/[a-z0-9]+(-[a-z0-9]+)*\.tsx?$/.test(path) ? [] : [`${path}: is not kebab-case`]),
    ...(lines > 401 ? [`${path}: ${lines - 1} lines; a file has 400 at most`] : []),
  ];
}
