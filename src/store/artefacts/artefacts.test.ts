import { execFile, execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RevisionId } from '../../rollout/model.ts';
import { openArtefacts, type Artefacts } from './artefacts.ts';

const ID = 'r1-000000000001' as RevisionId;
const never = new AbortController().signal;

let home: string;
let source: string;
let dataDir: string;
let artefacts: Artefacts;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'artefacts-'));
  source = join(home, 'source');
  dataDir = join(home, 'data');
  await mkdir(join(source, 'lib'), { recursive: true });
  await mkdir(dataDir);
  await writeFile(join(source, 'server.js'), 'first');
  await writeFile(join(source, 'lib', 'run.sh'), 'echo');
  await chmod(join(source, 'lib', 'run.sh'), 0o755);
  await symlink('lib/run.sh', join(source, 'start'));
  artefacts = await openArtefacts(dataDir);
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

function digest(path: string): Promise<string> {
  return artefacts.digest(path, never);
}

async function commit(id: RevisionId, environment: Record<string, string> = {}): Promise<string> {
  return (await artefacts.stage(source, never)).commit({ id, environment, signal: never });
}

async function leftInRevisions(): Promise<readonly string[]> {
  return readdir(join(dataDir, 'revisions'));
}

describe('the digest of an artefact', () => {
  it('is the same for a directory, a tar and a compressed tar of it', async () => {
    const names = await readdir(source);
    await create({ file: join(home, 'a.tar'), cwd: source }, names);
    await create({ file: join(home, 'a.tgz'), cwd: source, gzip: true }, names);
    execFileSync('tar', ['-czf', join(home, 'b.tar.gz'), '-C', source, '.']);
    const wanted = await digest(source);
    for (const tar of ['a.tar', 'a.tgz', 'b.tar.gz']) expect(await digest(join(home, tar)), tar).toBe(wanted);
  });

  it.each([
    ['contents', () => writeFile(join(source, 'server.js'), 'second')],
    ['a name', () => writeFile(join(source, 'other.js'), 'first')],
    ['permission to execute', () => chmod(join(source, 'server.js'), 0o755)],
    [
      'a file in node_modules',
      async () => {
        await mkdir(join(source, 'node_modules'));
        await writeFile(join(source, 'node_modules', 'x.js'), '');
      },
    ],
    [
      'where a link points',
      async () => {
        await rm(join(source, 'start'));
        await symlink('server.js', join(source, 'start'));
      },
    ],
  ])('changes with %s', async (_, change) => {
    const before = await digest(source);
    await change();
    expect(await digest(source)).not.toBe(before);
  });

  it.each([
    [
      '.git',
      async () => {
        await mkdir(join(source, 'lib', '.git'));
        await writeFile(join(source, 'lib', '.git', 'HEAD'), 'x');
      },
    ],
    ['an empty directory', () => mkdir(join(source, 'empty'))],
    ['the time of a file', () => writeFile(join(source, 'server.js'), 'first')],
    ['permission to write', () => chmod(join(source, 'server.js'), 0o600)],
  ])('does not change with %s', async (_, change) => {
    const before = await digest(source);
    await change();
    expect(await digest(source)).toBe(before);
  });

  it('leaves out the data directory when that lies inside the source', async () => {
    const inside = await openArtefacts(join(source, '.coalmine')).catch(() => undefined);
    expect(inside).toBeDefined();
    const first = await inside?.stage(source, never);
    const second = await inside?.stage(source, never);
    expect(second?.digest).toBe(first?.digest);
  });
});

describe('a pinned revision', () => {
  it('keeps its contents when the source changes', async () => {
    const dir = await commit(ID);
    await writeFile(join(source, 'server.js'), 'second');
    expect(await readFile(join(dir, 'server.js'), 'utf8')).toBe('first');
    expect(await readlink(join(dir, 'start'))).toBe('lib/run.sh');
    expect((await stat(join(dir, 'lib', 'run.sh'))).mode & 0o111).not.toBe(0);
  });

  it('is named before by a digest that takes no copy', async () => {
    await mkdir(join(source, '.git'));
    await writeFile(join(source, '.git', 'HEAD'), 'x');
    const staged = await artefacts.stage(source, never);
    expect(await digest(source)).toBe(staged.digest);
  });

  it('is what was copied, not what the source is by the time it gets its name', async () => {
    const before = await digest(source);
    const staged = await artefacts.stage(source, never);
    await writeFile(join(source, 'server.js'), 'second');
    expect(staged.digest).toBe(before);
    const dir = await staged.commit({ id: ID, environment: {}, signal: never });
    expect(await readFile(join(dir, 'server.js'), 'utf8')).toBe('first');
  });

  it('stays as it is when it is committed again, one after the other or at once', async () => {
    const dir = await commit(ID);
    await writeFile(join(dir, 'mark'), '');
    expect(await commit(ID)).toBe(dir);
    const other = 'r1-000000000002' as RevisionId;
    const both = await Promise.all([commit(other), commit(other)]);
    expect(both[0]).toBe(both[1]);
    expect(await readdir(dir)).toContain('mark');
    expect(await artefacts.list()).toEqual([ID, other]);
    expect((await leftInRevisions()).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('keeps its environment apart, for its owner alone', async () => {
    await commit(ID, { TOKEN: 'secret' });
    expect(await artefacts.environmentOf(ID)).toEqual({ TOKEN: 'secret' });
    expect((await stat(join(dataDir, 'revisions', `${ID}.env.json`))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'installation.key'))).mode & 0o777).toBe(0o600);
  });

  it('goes as a whole, and may go twice', async () => {
    await commit(ID);
    await artefacts.remove(ID);
    await artefacts.remove(ID);
    expect(await leftInRevisions()).toEqual([]);
    expect(await artefacts.environmentOf(ID)).toBeUndefined();
  });

  it('is pinned again when its directory was deleted by hand', async () => {
    const dir = await commit(ID);
    await rm(dir, { recursive: true });
    await commit(ID);
    expect(await readFile(join(dir, 'server.js'), 'utf8')).toBe('first');
  });
});

describe('logs of builds that made no revision', () => {
  it('are kept, the newest of them, and those that are being written', async () => {
    await commit(ID);
    const logs = ['old', 'newer', 'newest', 'held'].map((name) =>
      artefacts.buildLogOf(`r1-${name}` as RevisionId),
    );
    for (const [index, path] of [artefacts.buildLogOf(ID), ...logs.slice(0, 3)].entries()) {
      await writeFile(path, 'built');
      await utimes(path, index, index);
    }
    await writeFile(logs[3] ?? '', 'building');
    await utimes(logs[3] ?? '', 0, 0);
    await artefacts.removeFailedLogs(2, (id) => id === 'r1-held');
    const left = (await leftInRevisions()).filter((name) => name.endsWith('.build.log'));
    expect(left.sort()).toEqual(
      [`${ID}.build.log`, 'r1-held.build.log', 'r1-newer.build.log', 'r1-newest.build.log'].sort(),
    );
  });
});

describe('starting', () => {
  it('removes copies and half-made revisions that a crash has left, and nothing else', async () => {
    await commit(ID);
    await artefacts.stage(source, never);
    await mkdir(join(dataDir, 'revisions', 'r1-halfway'));
    await mkdir(join(dataDir, 'revisions', '.trash-1'));
    await writeFile(join(dataDir, 'revisions', 'r1-halfway.files.json'), '[]');
    await (await openArtefacts(dataDir)).removeRemains();
    expect(await leftInRevisions()).toEqual([ID, `${ID}.env.json`, `${ID}.files.json`]);
  });

  it('keeps the key of the installation, and refuses one that is damaged', async () => {
    const before = artefacts.environmentDigest({ A: '1', B: '2' });
    expect((await openArtefacts(dataDir)).environmentDigest({ B: '2', A: '1' })).toBe(before);
    expect(artefacts.environmentDigest({ A: '1' })).not.toBe(before);
    await mkdir(join(home, 'elsewhere'));
    const elsewhere = await openArtefacts(join(home, 'elsewhere'));
    expect(elsewhere.environmentDigest({ A: '1', B: '2' })).not.toBe(before);
    await writeFile(join(dataDir, 'installation.key'), 'short');
    await expect(openArtefacts(dataDir)).rejects.toMatchObject({ code: 'storeUnusable' });
    expect(await readFile(join(dataDir, 'installation.key'), 'utf8')).toBe('short');
  });
});

describe('an artefact is refused', () => {
  afterEach(async () => {
    expect(await leftInRevisions()).toEqual([]);
  });

  it.each([
    ['an absolute link', () => symlink('/etc/passwd', join(source, 'out'))],
    ['a link to the outside', () => symlink('../../etc', join(source, 'out'))],
    [
      'a link to the outside through another one',
      async () => {
        await mkdir(join(source, 'a', 'b'), { recursive: true });
        await symlink('../..', join(source, 'a', 'b', 'root'));
        await symlink('a/b/root/../data', join(source, 'out'));
      },
    ],
    [
      'a named pipe',
      async () => {
        await promisify(execFile)('mkfifo', [join(source, 'pipe')]);
      },
    ],
  ])('with %s', async (_, spoil) => {
    await spoil();
    await expect(artefacts.stage(source, never)).rejects.toMatchObject({ code: 'badArtefact' });
    await expect(artefacts.digest(source, never)).rejects.toMatchObject({ code: 'badArtefact' });
  });

  it.each([
    ['is not there', 'nowhere'],
    ['is a plain file', 'source/server.js'],
  ])('when it %s', async (_, name) => {
    const failure = await artefacts.stage(join(home, name), never).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'badArtefact' });
    expect(failure).toHaveProperty(
      'hint',
      'Give a directory, or a file ending in .tar, .tar.gz or .tgz, as `from`.',
    );
  });

  it('when a tar is damaged', async () => {
    const whole = join(home, 'whole.tgz');
    await create({ file: whole, cwd: source, gzip: true }, ['.']);
    const bytes = await readFile(whole);
    await writeFile(join(home, 'cut.tgz'), bytes.subarray(0, bytes.length / 2));
    await writeFile(join(home, 'noise.tar'), Buffer.alloc(2_048, 7));
    for (const name of ['cut.tgz', 'noise.tar']) {
      await expect(artefacts.stage(join(home, name), never), name).rejects.toMatchObject({
        code: 'badArtefact',
      });
    }
  });

  it.each([
    ['a path with ..', ['--transform=s,server.js,../server.js,', 'server.js']],
    ['an absolute path', ['--transform=s,server.js,/tmp/server.js,', 'server.js']],
    ['a link that leads out', ['--transform=flags=s;s,lib/run.sh,../../run.sh,', 'start']],
  ])('when a tar has %s', async (_, words) => {
    const file = join(home, 'evil.tar');
    execFileSync('tar', ['-cPf', file, '-C', source, ...words]);
    await expect(artefacts.stage(file, never)).rejects.toMatchObject({ code: 'badArtefact' });
    expect(await readdir(home)).not.toContain('server.js');
  });

  it('when the wait for it is given up', async () => {
    await expect(artefacts.stage(source, AbortSignal.abort())).rejects.toThrow();
  });
});
