import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { countedSelector } from './selector.ts';
import { fillQuery } from './template.ts';

const VALUES = { track: 'canary', revision: 'r1-ab', name: 'shop.eu', namespace: 'prod', windowMs: 90_000 };

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('it did not fail');
}

describe('a query template', () => {
  it.each([
    ['jobs{rev="{{revision}}"}', 'jobs{rev="r1-ab"}'],
    ['rate(jobs{t="{{ track }}",n=\'{{namespace}}\'}[{{window}}])', 'rate(jobs{t="canary",n=\'prod\'}[90s])'],
    ['jobs{pod=~"{{name}}-.*"}', 'jobs{pod=~"shop\\\\.eu-.*"}'],
    ['jobs{pod!~`{{name}}-.*`}', 'jobs{pod!~`shop\\.eu-.*`}'],
    ['jobs_{{track}}_total', 'jobs_canary_total'],
    ['up # {{nothing}}', 'up '],
    ['up', 'up'],
  ])('%s becomes %s', (template, query) => {
    expect(fillQuery(template, VALUES)).toBe(query);
  });

  it('never lets a value be more than a value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), fc.constantFrom('"', "'"), (text, quote) => {
        const name = text.replaceAll('\0', '');
        const query = fillQuery(`jobs{a=${quote}{{name}}${quote}}`, { ...VALUES, name });
        expect(countedSelector(query)?.matchers).toEqual([{ label: 'a', operator: '=', value: name }]);
      }),
    );
  });

  it('refuses an unknown name and says which there are', () => {
    const failure = failureOf(() => {
      fillQuery('jobs{rev="{{revison}}"}', VALUES);
    });
    expect(failure.code).toBe('invalidSpec');
    expect(failure.message).toBe(
      'in a query {{revison}} is none of {{track}} {{revision}} {{name}} {{namespace}} {{window}} {{pods}} {{service}}',
    );
    expect(failure.hint).toBe('did you mean {{revision}}?');
    expect(failureOf(() => fillQuery('x{a="{{}}"}', VALUES)).hint).toBe('use one of these');
  });

  it.each([
    ['jobs{n="{{namespace}}"}', { track: 't', revision: 'r', name: 'n' }, 'has no value here'],
    ['jobs[{{window}}]', { track: 't', revision: 'r', name: 'n' }, 'has no value here'],
    ['jobs_{{revision}}', VALUES, 'outside quotes'],
    ['jobs{a=`{{name}}`}', { ...VALUES, name: 'a`b' }, 'between backticks'],
  ])('refuses %s where it cannot be filled', (template, values, said) => {
    expect(failureOf(() => fillQuery(template, values)).message).toContain(said);
  });
});
