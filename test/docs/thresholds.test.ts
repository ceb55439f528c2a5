import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../src/base/json.ts';
import { resolveRollout } from '../../src/rollout/resolve/rollout.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/guides/thresholds.md', import.meta.url)), 'utf8');

/** The examples that are coalmine's: those of others begin with a comment that names them. */
const EXAMPLES = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)]
  .map(([, text = '']) => text)
  .filter((text) => !text.startsWith('#'));

function resolved(text: string) {
  const spec: JsonObject = {
    workload: { process: { from: '.', command: ['node'] } },
    traffic: { gateway: {} },
    strategy: { canary: { weights: ['5%'] } },
    ...(parse(text) as Readonly<Record<string, Json>>),
  };
  return resolveRollout({ metadata: { name: 'shop' }, spec });
}

describe('the page about limits', () => {
  it('shows what was written elsewhere beside what is written here', () => {
    expect(EXAMPLES).toHaveLength(5);
  });

  it.each(EXAMPLES)('has an example that is valid:\n%s', (text) => {
    const judges = resolved(text).analysis?.checks.map(({ judge }) => judge.kind);
    expect(new Set(judges)).toEqual(new Set(['threshold']));
  });
});
