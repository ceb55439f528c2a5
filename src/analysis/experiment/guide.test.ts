import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeExperiment } from './experiment.ts';
import { EXPERIMENT_OPTIONS } from './options.ts';

const guide = readFileSync(new URL('../../../docs/guides/experiments.md', import.meta.url), 'utf8');

/** The contents of the code blocks of a language. */
function blocks(language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm');
  return [...guide.matchAll(fence)].map(([, text]) => text ?? '');
}

function linesOf(block: string | undefined): readonly unknown[] {
  return (block ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** The same value, with numbers rounded to what people write. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(3));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}

describe('the guide to experiments', () => {
  const [requests, answers] = blocks('json lines').map(linesOf);

  it('shows a command and its answer', () => {
    const [, line] = /echo '(.*)'/.exec(blocks('sh')[0]!)!;
    const shown: unknown = JSON.parse(blocks('json')[0]!);
    expect(rounded(judgeExperiment(JSON.parse(line!)))).toMatchObject(rounded(shown) as object);
  });

  it.each(requests!.map((request, index) => [request, answers![index]]))(
    'answers %j as it says',
    (...row) => {
      const [request, answer] = row;
      expect(rounded(judgeExperiment(request))).toMatchObject(rounded(answer) as object);
    },
  );

  it('names every test and every option', () => {
    for (const [test, { properties }] of Object.entries(EXPERIMENT_OPTIONS)) {
      expect(guide).toContain(`\`${test}\``);
      for (const option of Object.keys(properties))
        expect([option, guide.includes(option)]).toEqual([option, true]);
    }
  });
});
