import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveRollout } from '../../rollout/resolve/rollout.ts';
import { judgeScore, type ScoreAnswer, type ScoreQuestion } from './answer.ts';

const GUIDE = readFileSync(new URL('../../../docs/guides/score.md', import.meta.url), 'utf8');

function blocks(language: string): readonly string[] {
  return [...GUIDE.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, text]) =>
    name === language && text !== undefined ? [text.trim()] : [],
  );
}

describe('the guide to the score judge', () => {
  const lines = blocks('json').map((block) => block.split('\n').map((line) => JSON.parse(line) as object));
  const questions = lines.filter((_, index) => index % 2 === 0).flat() as readonly ScoreQuestion[];
  const answers = lines.filter((_, index) => index % 2 === 1).flat() as readonly Partial<ScoreAnswer>[];

  it('has an answer for each question', () => {
    expect(questions.length).toBeGreaterThan(5);
    expect(answers.length).toBe(questions.length);
  });

  it.each(questions.map((question, index) => [question, answers[index]] as const))(
    'is right about %j',
    (question, answer) => {
      expect(judgeScore(question)).toMatchObject(answer ?? {});
    },
  );

  it('shows a Rollout that is valid', () => {
    const [written] = blocks('yaml').map((block) => parse(block) as { readonly analysis: object });
    const rollout = resolveRollout({
      kind: 'Rollout',
      metadata: { name: 'shop' },
      spec: {
        workload: { process: { from: './dist', command: ['node', 'server.js'], replicas: 2 } },
        traffic: { gateway: { host: 'shop.example.com' } },
        strategy: { canary: { weights: ['5%', '50%'] } },
        ...written,
      },
    });
    expect(rollout.analysis?.checks.map(({ judge }) => judge)).toMatchObject([
      { kind: 'score', options: { critical: true, direction: 'increase', mustHaveData: true } },
      { kind: 'score', options: { direction: 'either', outliers: { strategy: 'remove' } } },
    ]);
    expect(rollout.analysis?.score).toMatchObject({
      pass: 95,
      marginal: 75,
      groups: [{ weight: 60 }, {}],
    });
  });
});
