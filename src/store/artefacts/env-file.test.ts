import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEnvFile, readEnvironment } from './env-file.ts';

describe('a line of an environment file', () => {
  it.each([
    ['A=1', '1'],
    ['export A=1', '1'],
    ['  A = 1  ', '1'],
    ['A=', ''],
    ['A=one two # comment', 'one two'],
    ['A=one#two', 'one#two'],
    ['A=a=b', 'a=b'],
    ["A='a # b $C \\n' # comment", 'a # b $C \\n'],
    ['A="a # b\\n\\"c\\" \\$d"', 'a # b\n"c" $d'],
  ])('%s', (line, value) => {
    expect(parseEnvFile(line, '.env')).toEqual({ variables: { A: value }, problems: [] });
  });

  it.each([
    ['just words', 'KEY=VALUE'],
    ['1A=x', 'name'],
    ['A-B=x', 'name'],
    ['A="open', 'no closing "'],
    ["A='x' y", "no closing '"],
    ['A=x\0y', 'zero byte'],
  ])('%s is refused with its place', (line, reason) => {
    const { problems } = parseEnvFile(`# comment\n\n${line}\nB=2\r\n`, '.env');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ file: '.env', line: 3 });
    expect(problems[0]?.reason).toContain(reason);
    expect(JSON.stringify(problems)).not.toContain('open');
  });
});

describe('the environment of a revision', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'env-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  it('takes later files before earlier ones and declared variables before files', async () => {
    await writeFile(join(home, 'a'), '\uFEFFA=1\nB=1\nC=1\n');
    await writeFile(join(home, 'b'), 'B=2\nC=2\n');
    expect(await readEnvironment({ C: '3' }, [join(home, 'a'), join(home, 'b')])).toEqual({
      A: '1',
      B: '2',
      C: '3',
    });
  });

  it('names all problems of all files at once', async () => {
    await writeFile(join(home, 'a'), 'oops\n');
    const read = readEnvironment({}, [join(home, 'a'), join(home, 'absent')]);
    await expect(read).rejects.toMatchObject({
      code: 'invalidSpec',
      problems: [{ file: join(home, 'a'), line: 1 }, { file: join(home, 'absent') }],
    });
  });
});
