import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleReport } from '../../scripts/report-example.ts';
import { readRecording } from '../../src/report/recording-file.ts';

describe('the example of a report', () => {
  it('is what its command writes: a page, a comment, and JSON that is a recording', () => {
    const directory = mkdtempSync(join(tmpdir(), 'coalmine-example-'));
    try {
      execFileSync(process.execPath, ['scripts/report-example.mjs', directory]);
      const written = readdirSync(directory).map((name) => [
        name,
        readFileSync(join(directory, name), 'utf8'),
      ]);
      const { 'shop-1.html': page, 'shop-1.md': comment, 'shop-1.json': json = '' } = exampleReport();
      expect(Object.fromEntries(written)).toEqual({
        'shop-1.html': page,
        'shop-1.md': comment,
        'shop-1.json': json,
      });
      expect(page).toMatch(/^<!DOCTYPE html>/);
      expect(readRecording('shop-1.json', JSON.parse(json)).release.outcome).toBe('rolledBack');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('is shown in the guide as it is', () => {
    const guide = readFileSync('docs/guides/report.md', 'utf8');
    for (const line of exampleReport()['shop-1.md']?.trim().split('\n') ?? []) expect(guide).toContain(line);
  });
});
