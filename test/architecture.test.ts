import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exportComplaints } from './architecture/exports.ts';
import { webImportComplaints, webPlaceComplaints } from './architecture/dashboard.ts';
import { dashboardModules, moduleOf, productModules } from './architecture/module.ts';
import { purityComplaints } from './architecture/purity.ts';
import { importComplaints, isPure, placeComplaints } from './architecture/ranks.ts';
import { STRATEGY_FOLDERS, strategyComplaints } from './architecture/strategies.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PRODUCT = productModules(ROOT);

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
}
const PACKAGES = Object.keys(
  (JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as Package).dependencies,
);

describe('every file of the product', () => {
  it('is found', () => {
    expect(PRODUCT.map((module) => module.path)).toContain('src/engine/advance.ts');
  });

  it('has its place, a telling name and a readable length', () => {
    expect(PRODUCT.flatMap(placeComplaints)).toEqual([]);
  });

  it('imports from its own folder or from a lower rank', () => {
    expect(PRODUCT.flatMap((module) => importComplaints(module, PACKAGES))).toEqual([]);
  });

  it('of a pure folder reads no clock, waits for nothing, throws no dice', () => {
    const pure = PRODUCT.filter((module) => isPure(module.folder));
    expect(pure.length).toBeGreaterThan(20);
    expect(pure.flatMap(purityComplaints)).toEqual([]);
  });

  it('runs whatever plan it is given, except where strategies are described and compiled', () => {
    const others = PRODUCT.filter((module) => !STRATEGY_FOLDERS.includes(module.folder));
    expect(others.flatMap(strategyComplaints)).toEqual([]);
  });

  it('names and explains what it exports, and does nothing when imported', () => {
    expect(PRODUCT.flatMap(exportComplaints)).toEqual([]);
  });
});

describe('every file of the dashboard', () => {
  const pages = dashboardModules(ROOT);

  it('has its place, and imports types, what is for browsers, and from lower ranks', () => {
    expect(pages.map((module) => module.path)).toContain('web/src/main.tsx');
    expect(pages.flatMap(webPlaceComplaints)).toEqual([]);
    expect(pages.flatMap(webImportComplaints)).toEqual([]);
  });

  it('names and explains what it exports, and does nothing when imported', () => {
    expect(pages.flatMap(exportComplaints)).toEqual([]);
    expect(pages.flatMap(strategyComplaints)).toEqual([]);
  });
});

describe('the rule about imports of the dashboard', () => {
  const complaintsAt = (path: string, text: string): number =>
    webImportComplaints(moduleOf(path, text)).length;

  it.each([
    ['a type of the product', 'web/src/live/a.ts', "import type { B } from '../../../src/api/resources.ts';"],
    ['what is for browsers', 'web/src/live/a.ts', "import { b } from '../../../src/client/browser.ts';"],
    ['a lower rank', 'web/src/pages/a.tsx', "import { b } from '../parts/b.tsx';"],
    ['a style', 'web/src/panels/a.tsx', "import './a.css';"],
    ['a package for pages', 'web/src/live/a.ts', "import { signal } from '@preact/signals';"],
  ])('allows %s', (_, path, text) => {
    expect(complaintsAt(path, text)).toBe(0);
  });

  it.each([
    ['what runs in the product', 'web/src/live/a.ts', "import { b } from '../../../src/api/problem.ts';"],
    ['a higher rank', 'web/src/parts/a.tsx', "import { b } from '../pages/b.tsx';"],
    ['an equal rank', 'web/src/panels/a.tsx', "import { b } from '../actions/b.tsx';"],
    ['tests', 'web/src/live/a.ts', "import { b } from '../../../test/b.ts';"],
    ['Node', 'web/src/live/a.ts', "import { b } from 'node:fs';"],
    ['any other package', 'web/src/live/a.ts', "import { b } from 'react';"],
    ['a path without its ending', 'web/src/live/a.ts', "import { b } from './b';"],
  ])('refuses %s', (_, path, text) => {
    expect(complaintsAt(path, text)).toBe(1);
  });
});

describe('the rule about imports', () => {
  const complaintsAt = (path: string, text: string): number =>
    importComplaints(moduleOf(path, text), ['typebox', '@scope/pack']).length;

  it.each([
    ['a lower rank', 'src/engine/a.ts', "import type { Plan } from '../strategy/plan.ts';"],
    ['its own folder', 'src/store/migrations/a.ts', "import { b } from '../b.ts';"],
    ['base from rollout', 'src/rollout/a.ts', "import { b } from '../base/b.ts';"],
    ['the hash', 'src/base/a.ts', "import { createHash } from 'node:crypto';"],
    ['Node from an outer folder', 'src/store/a.ts', "import { join } from 'node:path';"],
    ['a package', 'src/api/a.ts', "import { x } from '@scope/pack/part';"],
    ['schemas from a pure folder', 'src/rollout/a.ts', "import { Type } from 'typebox';"],
  ])('allows %s', (_, path, text) => {
    expect(complaintsAt(path, text)).toBe(0);
  });

  it.each([
    ['a higher rank', 'src/engine/a.ts', "import { b } from '../controller/b.ts';"],
    ['a type of a higher rank', 'src/engine/a.ts', "import type { B } from '../store/b.ts';"],
    ['an equal rank', 'src/store/a.ts', "import { b } from '../gateway/b.ts';"],
    ['rollout from base', 'src/base/a.ts', "import { b } from '../rollout/b.ts';"],
    ['a higher rank by export', 'src/engine/a.ts', "export { b } from '../cli/b.ts';"],
    ['a higher rank when used', 'src/engine/a.ts', "const b = () => import('../cli/b.ts');"],
    ['a higher rank within a type', 'src/engine/a.ts', "type B = import('../cli/b.ts').B;"],
    ['a path without its ending', 'src/engine/a.ts', "import { b } from './b';"],
    ['what is for tests', 'src/engine/a.ts', "import { b } from './testing/b.ts';"],
    ['what is not the product', 'src/engine/a.ts', "import { b } from '../../test/b.ts';"],
    ['Node from a pure folder', 'src/engine/a.ts', "import { join } from 'node:path';"],
    ['more of Node than the hash', 'src/base/a.ts', "import { createHash, randomUUID } from 'node:crypto';"],
    ['all of Node’s cryptography', 'src/base/a.ts', "import * as crypto from 'node:crypto';"],
    ['a package from a pure folder', 'src/engine/a.ts', "import { x } from '@scope/pack';"],
    ['a package that is not declared', 'src/api/a.ts', "import { x } from 'left-pad';"],
    ['Node without its prefix', 'src/api/a.ts', "import { join } from 'path';"],
  ])('refuses %s', (_, path, text) => {
    expect(complaintsAt(path, text)).toBe(1);
  });
});

describe('the rule about pure folders', () => {
  const complaintsAbout = (text: string): number =>
    purityComplaints(moduleOf('src/engine/a.ts', text)).length;

  it.each([
    'const text = new Date(ms).toISOString();',
    'const all = Math.max(1, Date.UTC(2020, 1));',
    'const found = spec.workload.process ?? { process: 1 };',
    'function stop(process: Process) { return process.pid; }',
    'const { process } = spec; use(process);',
    'interface Timer { setTimeout(ms: number): void; readonly performance: number }',
    '// Date.now() is the caller’s business\nconst word = "Math.random()";',
  ])('allows %s', (text) => {
    expect(complaintsAbout(text)).toBe(0);
  });

  it.each([
    'const now = Date.now();',
    'const clock = Date.now;',
    'const now = new Date();',
    'const now = Date();',
    'const now = performance.now();',
    'setTimeout(go, 5);',
    'const wait = { later: setInterval };',
    'const dice = Math.random();',
    'const home = process.env.HOME;',
    'const answer = await fetch(url);',
    'const id = crypto.randomUUID();',
    'const sneaky = globalThis["Date"];',
    'const { wait = setImmediate } = options;',
  ])('refuses %s', (text) => {
    expect(complaintsAbout(text)).toBe(1);
  });
});

describe('the rule about strategies', () => {
  const complaintsAbout = (text: string): number =>
    strategyComplaints(moduleOf('src/engine/a.ts', text)).length;

  it.each([
    "const isCandidate = track === 'canary';",
    "switch (track) { case 'canary': break; case 'shadow': break; }",
    'const view = { strategy: rollout.strategy.kind };',
    "switch (check.kind) { case 'http': break; }",
    "const title = 'recreate';",
  ])('allows %s', (text) => {
    expect(complaintsAbout(text)).toBe(0);
  });

  it.each([
    "if (rollout.strategy.kind === 'canary') go();",
    "if ('recreate' !== kind) go();",
    "if (strategy == 'shadow') go();",
    "switch (kind) { case 'blueGreen': go(); }",
    'switch (rollout.strategy.kind) { default: go(); }',
    'switch (canaryStrategy) { case other: go(); }',
    'const run = RUNNERS[rollout.strategy.kind];',
    "if ('canary' in spec.strategy) go();",
    "const wait = kind === 'ab' ? 1 : 2;",
  ])('refuses %s', (text) => {
    expect(complaintsAbout(text)).toBe(1);
  });
});

describe('the rule about exports', () => {
  const complaintsAbout = (text: string, path = 'src/engine/a.ts'): number =>
    exportComplaints(moduleOf(path, text)).length;

  it.each([
    '/** One. */ export const one = 1;',
    '/** Either. */ export function a(x: 1): 1; export function a(x: 2): 2;',
    "export { one } from './b.ts';",
    'const one = 1;',
    'export { one };',
  ])('allows %s', (text) => {
    expect(complaintsAbout(text)).toBe(0);
  });

  it('lets the files that are started do their work', () => {
    expect(complaintsAbout('await main();', 'src/cli/main.ts')).toBe(0);
  });

  it.each([
    'export const one = 1;',
    '// One.\nexport interface One {}',
    'export type One = 1;',
    '/** Either. */ export function a() {} export function b() {}',
    '/** One. */ export default function one() {}',
    'export default 1;',
    'export { one as default };',
    'start();',
  ])('refuses %s', (text) => {
    expect(complaintsAbout(text)).toBe(1);
  });
});

describe('the rule about places and names', () => {
  it.each([
    ['src/engine/turn-back.ts', 'a\n'],
    ['src/analysis/judges/t-test2.ts', 'a\n'],
    ['src/engine/long.ts', 'a\n'.repeat(400)],
  ])('allows %s', (path, text) => {
    expect(placeComplaints(moduleOf(path, text))).toEqual([]);
  });

  it.each([
    ['src/main.ts', ''],
    ['src/somewhere/else.ts', ''],
    ['src/engine/utils.ts', ''],
    ['src/engine/string-helpers.ts', ''],
    ['src/engine/common/words.ts', ''],
    ['src/engine/turnBack.ts', ''],
    ['src/engine/long.ts', 'a\n'.repeat(401)],
  ])('refuses %s', (path, text) => {
    expect(placeComplaints(moduleOf(path, text))).toHaveLength(1);
  });
});
