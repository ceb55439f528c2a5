import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const BUILT = resolve('dist/web');

function filesEnding(ending: string): readonly string[] {
  return readdirSync(join(BUILT, 'assets'))
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(BUILT, 'assets', name), 'utf8'));
}

it('loads at most 150 kB of script, as it is sent by a server that compresses', () => {
  const scripts = filesEnding('.js');
  expect(scripts.length).toBeGreaterThan(0);
  const bytes = scripts.reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect(bytes).toBeLessThanOrEqual(150_000);
});

it('names files of its own server alone, and has no script or style in the page', () => {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url ?? '');
  expect(named.length).toBeGreaterThan(1);
  for (const url of named) expect(url).toMatch(/^\/assets\/[\w.-]+$/);
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  for (const style of filesEnding('.css')) expect(style).not.toMatch(/url\(\s*["']?(?!data:)[a-z]*:|@import/);
});

it('begins without what draws lines, whose start is as much work as all the rest', () => {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
  const first = [...page.matchAll(/"\/(assets\/[^"]*\.js)"/g)].map(([, name = '']) =>
    readFileSync(join(BUILT, name), 'utf8'),
  );
  expect(first).toHaveLength(1);
  expect(first[0]).not.toContain('Intl.NumberFormat');
  expect(filesEnding('.js').filter((text) => text.includes('Intl.NumberFormat'))).toHaveLength(1);
});

it('carries the licences of what is bundled', () => {
  expect(readFileSync(join(BUILT, 'licenses.md'), 'utf8')).toMatch(/preact[\s\S]*MIT/i);
});
