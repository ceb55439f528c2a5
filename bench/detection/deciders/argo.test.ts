import { describe, expect, it } from 'vitest';
import { ARGO_START, assessed, measured, type Limits, type Measurement } from './argo.ts';

const KINDS: Readonly<Record<string, Measurement>> = {
  s: 'Successful',
  f: 'Failed',
  i: 'Inconclusive',
  e: 'Error',
};

/** The phase after measurements written as letters. */
function phaseAfter(letters: string, limits: Limits = {}): string {
  return letters.split('').reduce((run, letter) => assessed(run, KINDS[letter]!, limits), ARGO_START).phase;
}

describe('a metric of an AnalysisRun', () => {
  it.each<[letters: string, limits: Limits, phase: string]>([
    ['f', {}, 'Failed'],
    ['fff', { failureLimit: 3 }, 'Running'],
    ['fsfsfsf', { failureLimit: 3 }, 'Failed'],
    ['ffffff', { failureLimit: -1 }, 'Running'],
    ['i', {}, 'Inconclusive'],
    ['ii', { inconclusiveLimit: 2 }, 'Running'],
    ['fi', { failureLimit: 1 }, 'Inconclusive'],
    ['eeee', {}, 'Running'],
    ['eeeee', {}, 'Error'],
    ['eeeeseeee', {}, 'Running'],
    ['ee', { consecutiveErrorLimit: 1 }, 'Error'],
    ['ss', { consecutiveSuccessLimit: 2 }, 'Successful'],
    ['sfs', { consecutiveSuccessLimit: 2, failureLimit: 1 }, 'Running'],
    ['sss', { count: 3 }, 'Successful'],
    ['sees', { count: 3 }, 'Running'],
    ['sfs', { count: 3, failureLimit: 1 }, 'Successful'],
    ['sfs', { count: 3, failureLimit: 1, consecutiveSuccessLimit: 2 }, 'Inconclusive'],
    ['sfs', { count: 3, failureLimit: -1, consecutiveSuccessLimit: 2 }, 'Failed'],
  ])('after %s with %j is %s', (letters, limits, phase) => {
    expect(phaseAfter(letters, limits)).toBe(phase);
  });
});

describe('a measurement', () => {
  const success = (result: number): boolean => result >= 0.95;
  const failure = (result: number): boolean => result < 0.9;
  it.each([
    ['success alone holds', 0.96, { success }, 'Successful'],
    ['success alone does not hold', 0.92, { success }, 'Failed'],
    ['failure alone holds', 0.8, { failure }, 'Failed'],
    ['failure alone does not hold', 0.92, { failure }, 'Successful'],
    ['neither of both holds', 0.92, { success, failure }, 'Inconclusive'],
    ['failure beats success', 0.96, { success, failure: () => true }, 'Failed'],
    ['there are no conditions', 0.5, {}, 'Successful'],
    ['there is no result', undefined, { success }, 'Error'],
    ['0/0 with one condition', NaN, { success }, 'Failed'],
    ['0/0 with both', NaN, { success, failure }, 'Inconclusive'],
  ] as const)('when %s', (...[, result, conditions, expected]) => {
    expect(measured(result, conditions)).toBe(expected);
  });
});
