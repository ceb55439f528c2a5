import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { aDeployment, installKinds, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { hasTool } from '../tools.ts';
import { soon } from './live-operator.ts';
import { newNamespace } from './objects.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const run = promisify(execFile);

/** A file system that nobody can write to, and a user who owns nothing: as the Pod that is installed asks for. */
const CONFINED = [
  ...['unshare', '--mount', 'sh', '-c'],
  'mount --make-rprivate / && mount -o remount,bind,ro / && exec setpriv --reuid "$0" --regid "$0" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"',
];

interface Image {
  readonly user: string;
  readonly command: readonly string[];
}

/** What the Containerfile says is run, and as whom. */
async function readImage(): Promise<Image> {
  const lines = (await readFile('deploy/Containerfile', 'utf8')).split('\n');
  const last = (word: string): string =>
    lines.findLast((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? '';
  const command = [last('ENTRYPOINT'), last('CMD')].flatMap((text) => JSON.parse(text) as string[]);
  return { user: last('USER').split(':')[0] ?? '', command };
}

/** What it copies into the image, for its user to read. */
async function assemble(app: string): Promise<void> {
  await mkdir(app, { recursive: true });
  await cp('package.json', join(app, 'package.json'));
  await cp('dist', join(app, 'dist'), { recursive: true });
  const { stdout } = await run('npm', ['ls', '--omit=dev', '--all', '--parseable']);
  for (const from of stdout.trim().split('\n').slice(1)) {
    const to = join(app, relative(resolve('.'), from));
    await mkdir(dirname(to), { recursive: true });
    await cp(from, to, { recursive: true, dereference: true });
  }
  execFileSync('chmod', ['-R', 'a+rX', dirname(app)]);
}

const isPossible =
  sharedKubeconfig() !== undefined &&
  process.getuid?.() === 0 &&
  hasTool('unshare', 'util-linux') &&
  hasTool('setpriv', 'util-linux');

describe.skipIf(!isPossible)('what the image is made of', () => {
  let client: KubeClient;
  let root: string;
  let image: Image;
  let operator: ChildProcess | undefined;
  let said = '';

  beforeAll(async () => {
    client = await sharedClient();
    await installKinds(client);
    root = await mkdtemp(join(tmpdir(), 'coalmine-image-'));
    image = await readImage();
    await assemble(join(root, 'app'));
    await copyFile(inject('kubeconfig'), join(root, 'kubeconfig'));
    await chmod(join(root, 'kubeconfig'), 0o644);
  });
  afterAll(async () => {
    operator?.kill('SIGKILL');
    await client.close();
    await rm(root, { recursive: true, force: true });
  });

  function confined(command: readonly string[]): readonly [string, string[]] {
    const [first = '', ...rest] = [...CONFINED, image.user, ...command];
    return [first, rest];
  }

  it('looks after a namespace as a user who owns nothing, with nowhere to write', async () => {
    await expect(run(...confined(['touch', join(root, 'written')]))).rejects.toThrow(/Read-only file system/);
    const namespace = await newNamespace(client, 'image');
    const [node = '', ...args] = image.command.map((word) => word.replace(/^\/app\//, `${root}/app/`));
    expect(node).toBe('node');
    const where = ['--kubeconfig', join(root, 'kubeconfig'), '--namespace', namespace, '--watch', namespace];
    operator = spawn(...confined([process.execPath, ...args, ...where, '--health-port', '0']), {
      cwd: '/',
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    operator.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    await client.create(DEPLOYMENTS, aDeployment(namespace, 'shop', 'shop:v1'), soon());
    const spec = { workload: { deployment: { name: 'shop' } }, strategy: { ramped: {} } };
    await client.create(ROLLOUTS, { metadata: { namespace, name: 'shop' }, spec }, soon());
    await until('it has adopted the Deployment', async () => {
      expect(operator?.exitCode, said).toBeNull();
      return (await rolloutAt(client, { namespace, name: 'shop' }))?.status?.phase === 'Healthy';
    });
  });
});
