import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../base/failure.ts';
import { parseRollouts, readRollouts } from './read.ts';

const rolloutText = (name: string, host: string) => `metadata: { name: ${name} }
spec:
  workload: { process: { from: ./dist, command: [node] } }
  traffic: { gateway: { host: ${host} } }
  strategy: { recreate: {} }
`;

const SHOP = {
  metadata: { name: 'shop' },
  spec: { workload: { process: { from: '.', command: ['node'] } }, strategy: { recreate: {} } },
};

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coalmine-config-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a file', () => {
  async function read(name: string, content: string | Uint8Array) {
    const file = join(directory, name);
    await writeFile(file, content);
    return readRollouts(file);
  }

  test('of several YAML documents declares several Rollouts; empty documents are passed over', async () => {
    const text = `---\n# nothing\n---\n${rolloutText('a', 'a.io')}---\n${rolloutText('b', 'b.io')}---\n`;
    const declared = await read('two.yaml', text);
    expect(declared.map(({ rollout }) => rollout.name)).toEqual(['a', 'b']);
  });

  test('may be JSON, indented with tabs', async () => {
    const [declared] = await read('one.json', JSON.stringify(SHOP, undefined, '\t'));
    expect(declared?.rollout.name).toBe('shop');
    expect(declared?.document).toEqual({ apiVersion: 'coalmine.dev/v1', kind: 'Rollout', ...SHOP });
  });

  test('may begin with a byte order mark and end its lines the other way', async () => {
    const text = `\uFEFF${rolloutText('a', 'a.io').replaceAll('\n', '\r\n')}`;
    expect(await read('windows.yaml', text)).toHaveLength(1);
  });

  test.each([
    [
      'JSON with a comma too many',
      'bad.json',
      '{"metadata": {"name": "a"},\n}',
      'invalidSpec',
      'not JSON',
      2,
    ],
    ['YAML in a .json file', 'yaml.json', 'a: 1', 'invalidSpec', 'not JSON', undefined],
    ['nothing', 'empty.yaml', '', 'invalidSpec', 'there is no document', 1],
    ['only comments', 'comment.yaml', '# later\n', 'invalidSpec', 'there is no document', 1],
    ['a list', 'list.yaml', '- a\n', 'invalidSpec', 'must be an object, but is a list', 1],
    ['a word', 'word.yaml', 'hello', 'invalidSpec', 'must be an object, but is a text', 1],
    ['UTF-16', 'utf16.yaml', Buffer.from('\uFEFFa: 1', 'utf16le'), 'invalidSpec', 'not UTF-8', undefined],
    ['bytes', 'bytes.yaml', new Uint8Array([0xc3, 0x28]), 'invalidSpec', 'not UTF-8', undefined],
    ['brackets without end', 'deep.yaml', `a: ${'['.repeat(200_000)}`, 'invalidSpec', 'levels deep', 1],
    ['lists in lists', 'dashes.yaml', `a:\n${'- '.repeat(20_000)}b`, 'invalidSpec', 'levels deep', 2],
    ['a billion laughs', 'laughs.yaml', laughs(), 'invalidSpec', 'stand for too much', 1],
    ['an alias inside itself', 'cycle.yaml', '&a [*a]', 'invalidSpec', 'must be an object', 1],
  ] as const)('with %s is refused', async (...[, name, content, code, reason, line]) => {
    const thrown = await read(name, content).then(() => undefined, failure);
    expect(thrown?.code).toBe(code);
    expect(thrown?.problems[0]?.reason).toContain(reason);
    expect(thrown?.problems[0]?.line).toBe(line);
    expect(thrown?.problems[0]?.file).toBe(join(directory, name));
  });

  test('larger than a mebibyte is refused without being read whole', async () => {
    const thrown = await read('huge.yaml', `# ${'x'.repeat(1_048_576)}`).then(() => undefined, failure);
    expect(thrown?.code).toBe('tooLarge');
    expect(await readRollouts('/dev/zero').then(() => undefined, failure)).toHaveProperty('code', 'tooLarge');
  });

  test('that is missing or a directory is named', async () => {
    for (const file of [join(directory, 'missing.yaml'), directory]) {
      const thrown = await readRollouts(file).then(() => undefined, failure);
      expect(thrown?.code).toBe('usage');
      expect(thrown?.message).toContain(file);
    }
  });
});

test('two Rollouts of one name, or of one host and path, are refused where the second is', () => {
  const text = [rolloutText('a', 'a.io'), rolloutText('a', 'b.io'), rolloutText('c', 'A.io')].join('---\n');
  const thrown = thrownBy(() => parseRollouts(text, { file: 'x.yaml', format: 'yaml' }));
  expect(thrown?.problems.map(({ line, path, reason }) => [line, path, reason])).toEqual([
    [7, 'metadata.name', 'another Rollout of this file is named a'],
    [16, 'spec.traffic.gateway', 'a of this file already serves a.io, path /'],
  ]);
});

test('a problem in one document does not hide those in others', () => {
  const text = [rolloutText('a', 'a:1'), rolloutText('B', 'b.io')].join('---\n');
  const thrown = thrownBy(() => parseRollouts(text, { file: 'x.yaml', format: 'yaml' }));
  expect(thrown?.message).toBe('x.yaml has 2 problems');
  expect(thrown?.problems.map(({ line }) => line)).toEqual([4, 7]);
});

test('a text is a list of Rollouts or refused, whatever it is', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...rolloutText('a', 'a.io').split(/(?=[ :{}[\]\n])/),
      '&a',
      '*a',
      '- ',
      '? ',
      '"',
      '|',
      '%',
    ),
  );
  const format = fc.constantFrom('yaml' as const, 'json' as const);
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, format, (written, as) => {
      const thrown = thrownBy(() => parseRollouts(written, { file: 'x', format: as }));
      return thrown === undefined || thrown.problems.every((one) => one.file === 'x' && one.reason !== '');
    }),
    { numRuns: 500 },
  );
});

function laughs(): string {
  const names = 'abcdefg'.split('');
  return names
    .map(
      (name, i) =>
        `${name}: &${name} [${Array(9)
          .fill(i === 0 ? 'ha' : `*${names[i - 1]}`)
          .join(', ')}]`,
    )
    .join('\n');
}

function failure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

function thrownBy(act: () => unknown): Failure | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return failure(error);
  }
}
