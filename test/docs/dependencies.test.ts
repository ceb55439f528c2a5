import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Licences that let everybody use, change and pass on, and that ask for no more than to be named. */
const PERMISSIVE = [
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  '0BSD',
];

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
}

const PACKAGE = read('package.json') as Package;
const SHIPPED = Object.entries((read('package-lock.json') as Lock).packages).filter(
  ([path, locked]) => path !== '' && locked.dev !== true,
);

function read(file: string): unknown {
  return JSON.parse(readFileSync(`${ROOT}/${file}`, 'utf8'));
}

function installed(path: string): Locked {
  return read(`${path}/package.json`) as Locked;
}

describe('what the product depends on', () => {
  it.each(Object.keys(PACKAGE.dependencies))('%s loads on this Node', async (name) => {
    expect(Object.keys((await import(name)) as object)).not.toEqual([]);
  });

  it('is little', () => {
    expect(Object.keys(PACKAGE.dependencies).length).toBeLessThanOrEqual(15);
  });

  it.each(Object.entries({ ...PACKAGE.dependencies, ...PACKAGE.devDependencies }))(
    '%s is pinned to one version, the installed one: %s',
    (name, version) => {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(installed(`node_modules/${name}`).version).toBe(version);
    },
  );

  it.each(SHIPPED)('%s has a permissive licence', (path) => {
    const licence = installed(path).license ?? 'none';
    const choices = licence.replaceAll(/[()]/g, '').split(' OR ');
    expect(
      choices.some((choice) => PERMISSIVE.includes(choice)),
      licence,
    ).toBe(true);
  });
});
