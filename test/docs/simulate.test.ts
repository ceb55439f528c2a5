import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScenario, SCENARIO_SHAPE } from '../../src/simulate/scenario/read.ts';
import { fieldsOf, type Shape } from '../../src/rollout/shape.ts';
import { Bench } from '../cli/harness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = await readFile(join(ROOT, 'docs/guides/simulate.md'), 'utf8');

/** The contents of the code blocks of a language. */
function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  );
}

const COMMANDS = blocks('sh').flatMap((block) => block.trim().split('\n'));

/** What the page's scenarios of gates, hooks, audiences and sources are for. */
const CHECKOUT = `
metadata: { name: checkout }
spec:
  workload: { process: { from: ., command: [node] } }
  traffic: { gateway: {} }
  strategy:
    canary:
      steps:
        - match:
            - { header: { name: X-Beta, exact: '1' } }
            - { cookie: { name: group, exact: staff }, path: { prefix: /shop } }
        - { pause: 10m }
        - { weight: 10% }
        - { analyze: {} }
  gates:
    - { name: lead, at: promote, approval: { by: ['group:release-managers'] } }
    - { name: probe, at: start, webhook: { url: 'http://127.0.0.1:9' } }
  hooks:
    - { name: migrate, at: beforeCandidate, command: [npm, run, migrate] }
    - { name: smoke, at: beforeTraffic, command: [npm, test] }
  sources: [{ name: prom, prometheus: { address: 'http://127.0.0.1:9' } }]
  analysis:
    checks:
      - { name: queue, value: { source: prom, query: 'q{r="{{revision}}"}' }, max: 100 }
      - { name: cpu, usage: cpu, worseBy: 20% }
`;

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.create();
  await cp(join(ROOT, 'examples'), join(bench.dir, 'examples'), { recursive: true });
  await cp(join(ROOT, 'examples/web-service/coalmine.yaml'), join(bench.dir, 'coalmine.yaml'));
  await mkdir(join(bench.dir, 'page'));
  for (const name of ['web-service', 'ab-many'])
    await cp(join(ROOT, 'examples', name), join(bench.dir, name), { recursive: true });
  await writeFile(join(bench.dir, 'page', 'checkout.yaml'), CHECKOUT);
});
afterAll(() => bench.destroy());

/** Every field below a schema. */
function allFields(shape: Shape): readonly string[] {
  const below = [
    ...Object.values(shape.properties ?? {}),
    ...(shape.items === undefined ? [] : [shape.items]),
  ];
  return [...fieldsOf(shape), ...below.flatMap(allFields)];
}

describe('the page about simulations', () => {
  it.each(COMMANDS)('shows a command that works: %s', async (line) => {
    const argv = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    expect(argv.shift()).toBe('coalmine');
    const { code, out } = await bench.run(argv);
    expect(code).toBe(0);
    expect(out).toContain(line.includes('json') ? '"outcome"' : 'v2');
  });

  it.each(blocks('yaml'))('shows a scenario that is valid:\n%s', async (text) => {
    const file = join(bench.dir, 'page', 'scenario.yaml');
    await writeFile(file, text);
    const { subjects } = await readScenario(file, {
      usual: () => Promise.resolve(join(bench.dir, 'coalmine.yaml')),
    });
    expect(subjects).toHaveLength(1);
  });

  it('shows what is printed', async () => {
    const printed = (await bench.run(['simulate'])).out;
    for (const line of blocks('text')[0]!.trim().split('\n')) {
      const words = line.replace(/[\d.,:]+[%ms]*/g, '#').replace(/\s+/g, ' ');
      expect(printed.replace(/[\d.,:]+[%ms]*/g, '#').replace(/\s+/g, ' ')).toContain(words.trim());
    }
  });

  it('names every field of a scenario', () => {
    const unnamed = allFields(SCENARIO_SHAPE).filter(
      (name) => name !== 'kind' && !new RegExp(`\\b${name}\\b`).test(PAGE),
    );
    expect(unnamed).toEqual([]);
  });
});
