import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeEngine } from '../../test/containers/fake-engine.ts';

const SERVICE = fileURLToPath(new URL('../../test/containers/service.mjs', import.meta.url));

/** As much of the official client as is used here. */
interface Docker {
  readonly modem: { demuxStream(stream: NodeJS.ReadableStream, out: PassThrough, err: PassThrough): void };
  ping(): Promise<unknown>;
  createContainer(body: object): Promise<Container>;
  getContainer(id: string): Container;
  listContainers(options: object): Promise<readonly { readonly Id: string; readonly State: string }[]>;
  pull(name: string, options?: object): Promise<NodeJS.ReadableStream>;
  getImage(name: string): { inspect(): Promise<{ readonly RepoDigests: readonly string[] }> };
}
interface Container {
  readonly id: string;
  start(): Promise<unknown>;
  stop(options?: object): Promise<unknown>;
  kill(options?: object): Promise<unknown>;
  wait(): Promise<{ readonly StatusCode: number }>;
  remove(options?: object): Promise<unknown>;
  inspect(): Promise<{ readonly State: { readonly Status: string; readonly ExitCode: number } }>;
  logs(options: object): Promise<NodeJS.ReadableStream>;
  exec(options: object): Promise<{
    start(options: object): Promise<NodeJS.ReadableStream>;
    inspect(): Promise<{ readonly ExitCode: number }>;
  }>;
}

let dir = '';
let fake: FakeEngine;
let docker: Docker;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coalmine-engine-'));
  fake = await FakeEngine.start(join(dir, 'docker.sock'));
  fake.add('service:1', { command: [process.execPath, SERVICE] });
  const Client = createRequire(import.meta.url)('dockerode') as new (options: object) => Docker;
  docker = new Client({ socketPath: fake.socketPath, version: 'v1.47' });
});

afterEach(async () => {
  await fake.stop();
  await rm(dir, { recursive: true, force: true });
});

/** The status of what is refused. */
function refusal(work: Promise<unknown>): Promise<number | undefined> {
  return work.then(
    () => undefined,
    (cause: unknown) => (cause as { readonly statusCode: number }).statusCode,
  );
}

async function drained(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}

describe('the fake engine answers the official client as an engine does', () => {
  it('from the creation of a container to its end', async () => {
    expect(String(await docker.ping())).toBe('OK');
    const container = await docker.createContainer({ name: 'web', Image: 'service:1', Env: ['VERSION=9'] });
    expect((await container.inspect()).State.Status).toBe('created');
    await container.start();
    expect(await refusal(container.start())).toBe(304);
    expect(await docker.listContainers({})).toMatchObject([{ Id: container.id, State: 'running' }]);
    const [out, err] = [new PassThrough(), new PassThrough()];
    const logs = await container.logs({ follow: true, stdout: true, stderr: true });
    docker.modem.demuxStream(logs, out, err);
    const first = await new Promise((resolve) => out.once('data', resolve));
    expect(String(first)).toBe('version 9 begins\n');
    const ended = container.wait();
    await container.stop({ t: 5 });
    expect((await ended).StatusCode).toBe(0);
    expect(await refusal(container.stop())).toBe(304);
    expect(await refusal(container.kill())).toBe(409);
    await container.remove();
    expect(await refusal(container.inspect())).toBe(404);
  });

  it('to commands in it', async () => {
    const container = await docker.createContainer({ Image: 'service:1' });
    expect(await refusal(container.exec({ Cmd: ['true'], AttachStdout: true }))).toBe(409);
    await container.start();
    const exec = await container.exec({ Cmd: ['sh', '-c', 'exit 3'], AttachStdout: true });
    await drained(await exec.start({ Detach: false, Tty: false }));
    expect((await exec.inspect()).ExitCode).toBe(3);
    expect(await refusal(container.remove())).toBe(409);
    await container.remove({ force: true });
  });

  it('to images, from a registry that wants a password', async () => {
    const digest = fake.add('registry.local/shop:2', { command: ['true'] }, 'registry');
    fake.password = 'secret';
    expect(await refusal(docker.pull('registry.local/shop:2'))).toBe(500);
    const authconfig = { username: 'me', password: 'secret', serveraddress: 'registry.local' };
    expect(await drained(await docker.pull('registry.local/shop:2', { authconfig }))).toContain('Downloaded');
    expect((await docker.getImage('registry.local/shop:2').inspect()).RepoDigests).toEqual([
      `registry.local/shop@${digest}`,
    ]);
    expect(await refusal(docker.pull('registry.local/none:1', { authconfig }))).toBe(404);
  });

  it.each<[object, number]>([
    [{ Image: 'none' }, 404],
    [{ Image: 'service:1', name: '-' }, 400],
    [{ Image: 'service:1', HostConfig: { PortBindings: { 8080: [] } } }, 400],
    [{ Image: 'service:1', HostConfig: { Memory: 1_000_000 } }, 400],
    [{ Image: 'service:1', HostConfig: { RestartPolicy: { Name: 'never' } } }, 400],
  ])('and refuses to create %j', async (body, status) => {
    expect(await refusal(docker.createContainer(body))).toBe(status);
  });

  it('and writes down what an engine passes over', async () => {
    await docker.createContainer({ Image: 'service:1', Enviroment: [], HostConfig: { PortBinding: {} } });
    const told = fake.violations.map((one) => one.split('there is no ')[1]);
    expect(told).toEqual(expect.arrayContaining(['Enviroment', 'PortBinding']));
  });

  it('and refuses a name, a port and a version that cannot be', async () => {
    const published = {
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '1' }] } },
    };
    await docker.createContainer({ Image: 'service:1', name: 'web' });
    expect(await refusal(docker.createContainer({ Image: 'service:1', name: 'web' }))).toBe(409);
    const [taken] = [await docker.createContainer({ Image: 'service:1', ...published })];
    const other = await docker.createContainer({ Image: 'service:1', ...published });
    if ((await refusal(taken.start())) === undefined) expect(await refusal(other.start())).toBe(500);
    expect(await refusal(taken.logs({ follow: false }))).toBe(400);
    const Client = createRequire(import.meta.url)('dockerode') as new (options: object) => Docker;
    const tooNew = new Client({ socketPath: fake.socketPath, version: 'v1.99' });
    expect(await refusal(tooNew.listContainers({}))).toBe(400);
  });
});
