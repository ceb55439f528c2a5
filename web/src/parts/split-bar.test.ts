import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fillsOf } from './split-bar.tsx';

describe('the patterns of tracks', () => {
  it('are those of their roles, and of several variants each another', () => {
    expect(fillsOf(['stable', 'baseline', 'canary'])).toEqual(['stable', 'other', 'canary']);
    expect(fillsOf(['stable', 'variant:green', 'variant:red'])).toEqual(['stable', 'variant-0', 'variant-1']);
  });

  it('are there for as many variants as an experiment may have, no two of one form', () => {
    const style = readFileSync(new URL('../style/rollout.css', import.meta.url), 'utf8');
    const patterns = [...style.matchAll(/\[data-fill='variant-\d'\] \{([^}]*)\}/g)].map(([, rules = '']) =>
      rules.replaceAll(/var\(--(?!surface)\w+\)/g, 'colour'),
    );
    expect(patterns).toHaveLength(9);
    expect(new Set(patterns).size).toBe(9);
  });
});
