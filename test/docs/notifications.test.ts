import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { isJsonObject } from '../../src/base/json.ts';
import { NOTICE_MOMENTS, NOTICE_PLACEHOLDERS } from '../../src/rollout/model-notify.ts';
import { examineRollout, ROLLOUT_SHAPE } from '../../src/rollout/resolve/rollout.ts';
import { shapeBelow } from '../../src/rollout/shape.ts';

const GUIDE = await readFile('docs/guides/notifications.md', 'utf8');
const WRITTEN = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

/** Every listener of an example. */
function listenersIn(text: string): readonly unknown[] {
  const written: unknown = parse(text);
  const spec = isJsonObject(written) && isJsonObject(written['spec']) ? written['spec'] : written;
  return isJsonObject(spec) && Array.isArray(spec['notify']) ? spec['notify'] : [];
}

it.each(WRITTEN)('what the guide shows can be copied: %s', (text) => {
  const notify = listenersIn(text);
  expect(notify.length).toBeGreaterThan(0);
  const { findings } = examineRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'] } },
      strategy: { ramped: {} },
      notify,
    },
  });
  expect(findings).toEqual([]);
});

it('the guide shows every channel there is, and tells of every moment and placeholder', () => {
  const shown = new Set(
    WRITTEN.flatMap(listenersIn).flatMap((one) => (isJsonObject(one) ? Object.keys(one) : [])),
  );
  const shape = ['spec', 'notify', 0].reduce<typeof ROLLOUT_SHAPE | undefined>(
    (at, key) => at && shapeBelow(at, key),
    ROLLOUT_SHAPE,
  );
  expect(Object.keys(shape?.properties ?? {}).filter((key) => !shown.has(key))).toEqual([]);
  for (const moment of NOTICE_MOMENTS) expect(GUIDE).toContain(`| \`${moment}\``);
  for (const placeholder of NOTICE_PLACEHOLDERS) expect(GUIDE).toContain(`{{${placeholder}}}`);
});
