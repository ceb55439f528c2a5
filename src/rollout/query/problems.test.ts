import { describe, expect, test } from 'vitest';
import { comparisonProblem, counterProblem, templateProblem } from './problems.ts';

describe('a query', () => {
  test.each([
    'jobs_total{rev="{{revision}}", app="{{ name }}"}',
    'up{track=~`{{track}}`}[{{window}}]',
    '{{name}}_jobs_total',
    'up # {{anything}} goes in a comment',
    'up{a="{"}',
  ])('may be %s', (query) => {
    expect(templateProblem(query)).toBeUndefined();
  });

  test.each([
    ['up{rev="{{revison}}"}', '{{revison}} is none of {{track}}', 'did you mean {{revision}}?'],
    ['up{rev="{{args.hash}}"}', '{{args.hash}} is none of', 'use one of these'],
    ['up{rev="{{}}"}', '{{}} is none of', 'use one of these'],
    ['up{{{revision}}}', 'cannot stand outside quotes', 'in quotes'],
  ])('may not be %s', (query, reason, hint) => {
    expect(templateProblem(query)?.reason).toContain(reason);
    expect(templateProblem(query)?.hint).toContain(hint);
  });
});

describe('a counter', () => {
  test.each(['jobs_total', 'sum by (rev) (jobs_total)', 'rate_limited_total{of="rate(x)"}'])(
    'may be %s',
    (query) => {
      expect(counterProblem(query)).toBeUndefined();
    },
  );

  test.each([
    ['sum(rate(jobs_total[1m]))', 'rate() gives a speed'],
    ['increase (jobs_total[1m])', 'increase() gives a speed'],
  ])('is not %s', (query, reason) => {
    expect(counterProblem(query)?.reason).toContain(reason);
  });
});

describe('a comparison', () => {
  test.each(['up{rev="{{revision}}"}', 'up{track="{{track}}"}'])('can be made by %s', (query) => {
    expect(comparisonProblem(query)).toBeUndefined();
  });

  test.each(['up', 'up{app="{{name}}"}', 'up # {{revision}}'])('cannot be made by %s', (query) => {
    expect(comparisonProblem(query)?.reason).toContain('asks the same');
  });
});
