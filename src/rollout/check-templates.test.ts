import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import { templatedChecks, withTemplatedChecks, writtenPath, type CheckTemplate } from './check-templates.ts';

const TEMPLATE: CheckTemplate = {
  args: [{ name: 'job' }, { name: 'limit', default: '5' }],
  checks: [
    {
      name: '{{args.job}}-lag',
      value: { source: 'prom', query: 'max(lag{job="{{ args.job }}"})' },
      max: '{{args.limit}}',
    },
    { name: 'errors', errors: {}, worseBy: '50%' },
  ],
};
const OWN = { name: 'own', errors: {}, max: '1%' };

const spec = (templates: readonly unknown[], checks: readonly unknown[] = [OWN]): JsonObject =>
  ({ strategy: { canary: {} }, analysis: { warmUp: '1m', templates, checks } }) as unknown as JsonObject;

const find = (name: string): CheckTemplate | undefined => (name === 'jobs' ? TEMPLATE : undefined);

describe('templates of an analysis', () => {
  it('become checks with the values of the Rollout, after its own', () => {
    const written = spec([{ name: 'jobs', args: { job: 'mail' } }]);
    const { checks = [] } = templatedChecks(written, find);
    expect(withTemplatedChecks(written, checks)).toEqual({
      strategy: { canary: {} },
      analysis: {
        warmUp: '1m',
        checks: [
          OWN,
          { name: 'mail-lag', value: { source: 'prom', query: 'max(lag{job="mail"})' }, max: '5' },
          { name: 'errors', errors: {}, worseBy: '50%' },
        ],
      },
    });
  });

  it('leave a spec that names none as it is', () => {
    const plain = { analysis: { checks: [OWN] } } as unknown as JsonObject;
    expect(templatedChecks(plain, find)).toEqual({ checks: [] });
    expect(withTemplatedChecks(plain, [])).toBe(plain);
  });

  it('say of a problem in which template it is written', () => {
    const written = spec([{ name: 'jobs', args: { job: 'mail' } }]);
    const { checks = [] } = templatedChecks(written, find);
    expect(writtenPath('spec.analysis.checks[1].max', written, checks)).toBe('AnalysisTemplate jobs, max');
    expect(writtenPath('spec.analysis.checks[0].max', written, checks)).toBe('spec.analysis.checks[0].max');
    expect(writtenPath('spec.strategy', written, checks)).toBe('spec.strategy');
  });

  it.each([
    [
      'is missing',
      { name: 'nosuch' },
      'templates[0].name',
      'there is no AnalysisTemplate nosuch',
      'create it',
    ],
    ['lacks a value', { name: 'jobs' }, 'templates[0].args', 'needs job', 'add args.job'],
    [
      'gets one too many',
      { name: 'jobs', args: { job: 'x', limt: '3' } },
      'templates[0].args.limt',
      'no parameter limt',
      'did you mean limit?',
    ],
  ])('are refused when one %s, with what to do', (...[, named, path, reason, hint]) => {
    expect(templatedChecks(spec([named]), find).findings).toEqual([
      {
        path: `spec.analysis.${path}`,
        reason: expect.stringContaining(reason) as string,
        hint: expect.stringContaining(hint) as string,
      },
    ]);
  });

  it('may ask for nothing that is no parameter of theirs', () => {
    const broken = { ...TEMPLATE, args: [] };
    const { findings = [] } = templatedChecks(spec([{ name: 'jobs' }]), () => broken);
    expect(findings[0]?.reason).toContain('{{args.job}}, which it has no parameter for');
  });
});
