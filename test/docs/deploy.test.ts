import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { deployFiles } from '../../scripts/deploy-files.ts';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
const files = deployFiles(version);

it('what is in deploy/ is what would be installed (else: node scripts/deploy-files.mjs)', async () => {
  for (const { path, text } of files) expect(await readFile(path, 'utf8'), path).toBe(text);
  for (const tree of ['deploy/helm', 'deploy/kustomize']) {
    const found = await readdir(tree, { recursive: true, withFileTypes: true });
    const there = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(there));
  }
});

describe('the kustomize base', () => {
  it.each(
    files.filter(({ path }) => path.includes('/kustomization.yaml')).map((one) => [one.path, one.text]),
  )('%s names files that are there', (path, text) => {
    const { resources } = parse(text) as { readonly resources: readonly string[] };
    const beside = resources.map((name) => join(path, '..', name));
    expect(files.map((one) => one.path)).toEqual(expect.arrayContaining(beside));
  });
});

describe('the chart', () => {
  const templates = files.filter(({ path }) => path.includes('/templates/'));

  it.each(templates.map((one) => [one.path, one.text]))('%s ends every condition it begins', (_, text) => {
    const count = (word: string): number => text.split(`{{- ${word}`).length - 1;
    expect(count('if') + count('range') + count('with')).toBe(count('end'));
  });

  it.each(templates.map((one) => [one.path, one.text]))('%s is YAML once it is filled in', (_, text) => {
    const filled = text.replace(/^\{\{.*\}\}$/gm, '').replace(/\{\{[^}]*\}\}/g, '1');
    for (const document of parseAllDocuments(filled)) expect(document.errors).toEqual([]);
  });

  it('uses no value that its values do not have', () => {
    const values = parse(files.find(({ path }) => path.endsWith('/values.yaml'))?.text ?? '') as object;
    const used = templates.flatMap(({ text }) =>
      [...text.matchAll(/\.Values\.(\w+)/g)].map(([, name]) => name),
    );
    expect(Object.keys(values).sort()).toEqual([...new Set(used)].sort());
  });
});
