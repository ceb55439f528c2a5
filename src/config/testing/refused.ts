import { expect, test } from 'vitest';
import { Failure, type Problem } from '../../base/failure.ts';
import { parseRollouts } from '../read.ts';

/** A valid file; each case replaces one of its lines, so that the problem must be reported there. */
export const VALID: readonly string[] = [
  'metadata: { name: shop }',
  'spec:',
  '  workload: { process: { from: ./dist, command: [node, server.js] } }',
  '  traffic: { gateway: { host: shop.example.com } }',
  '  strategy: { canary: { weights: [1%, 5%] } }',
  '  analysis: { checks: [{ name: e, errors: {}, worseBy: 50% }] }',
  '  deadline: 1h',
];

/** Line of the file, what it says instead, then path, reason and hint (parts of them) of the one problem. */
export type Case = readonly [line: number, text: string, path: string, reason: string, hint?: string];

/** A test for each. */
export function testRefusals(cases: readonly Case[]): void {
  const named = cases.map(([line, text, path, reason, hint = '']) => ({ line, text, path, reason, hint }));
  test.each(named)('line $line: $text is refused at $path', ({ line, text, path, reason, hint }) => {
    const [problem, ...others] = problemsOf(fileWith(line, text)).filter((one) => one.path === path);
    expect(others.filter((one) => one.reason === problem?.reason)).toEqual([]);
    expect(problem?.reason).toContain(reason);
    expect(problem?.hint ?? '').toContain(hint);
    expect(problem?.file).toBe('coalmine.yaml');
    expect(problem?.line).toBe(lineOf(problem, line));
    expect(problem?.column).toBeGreaterThan(0);
  });
}

/** Where the check stands for the strategy that was changed. */
function lineOf(problem: Problem | undefined, changed: number): number {
  return problem?.path.startsWith('spec.analysis') === true ? 6 : changed;
}

/** The valid file with another line. */
export function fileWith(line: number, text: string): string {
  return VALID.with(line - 1, text).join('\n');
}

/** What a file is refused for. */
export function problemsOf(text: string): readonly Problem[] {
  try {
    parseRollouts(text, { file: 'coalmine.yaml', format: 'yaml' });
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
}
