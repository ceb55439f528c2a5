import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeEngine } from '../../test/containers/fake-engine.ts';
import { Failure } from '../base/failure.ts';
import type { ContainerIdentity, ContainerOrder } from './container-order.ts';
import { Engine } from './engine.ts';
import { engineSocket } from './engine-address.ts';
import { Orphans } from './orphans.ts';
import { foreseeImage, pinImage } from './pinned-image.ts';
import { standIn } from './stand-in.ts';

const SERVICE = fileURLToPath(new URL('../../test/containers/service.mjs', import.meta.url));
const COMMAND = [process.execPath, SERVICE];

let dir = '';
let fake: FakeEngine;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coalmine-engine-'));
  fake = await FakeEngine.start(join(dir, 'docker.sock'));
  fake.add('service:1', { command: COMMAND });
});

afterEach(async () => {
  expect(fake.violations).toEqual([]);
  await fake.stop();
  await rm(dir, { recursive: true, force: true });
});

const signal = (): AbortSignal => new AbortController().signal;

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(thrown instanceof Failure)) throw new Error(`no Failure: ${String(thrown)}`);
  return thrown;
}

describe('an engine', () => {
  it('is one that is new enough', async () => {
    expect((await Engine.connect(fake.socketPath)).name).toBe('Docker');
    fake.version = '1.40';
    expect((await failureOf(Engine.connect(fake.socketPath))).hint).toContain('1.41');
  });

  it('that is not there is told of with its socket', async () => {
    const failure = await failureOf(Engine.connect(join(dir, 'none.sock')));
    expect(failure).toMatchObject({ code: 'unreachable' });
    expect(failure.message).toContain('none.sock');
  });

  it('is found by DOCKER_HOST, or in the usual places', async () => {
    expect(await engineSocket({ DOCKER_HOST: `unix://${fake.socketPath}` })).toBe(fake.socketPath);
    await mkdir(join(dir, 'podman'));
    const podman = await FakeEngine.start(join(dir, 'podman/podman.sock'));
    // Where Docker itself runs, its socket comes first.
    const usual = await engineSocket({ XDG_RUNTIME_DIR: dir });
    expect(['/var/run/docker.sock', join(dir, 'docker.sock')]).toContain(usual);
    await podman.stop();
    expect((await failureOf(engineSocket({ DOCKER_HOST: 'tcp://far:2375' }))).code).toBe('usage');
  });
});

describe('an image', () => {
  const order = async (image: string, pull: 'missing' | 'always' | 'never' = 'missing', env = {}) => ({
    workload: { image, pull },
    engine: await Engine.connect(fake.socketPath),
    env: { HOME: dir, ...env },
    signal: signal(),
  });

  it('is pinned by its digest, or by its id when it was built here', async () => {
    const digest = fake.add('shop:1', { command: ['true'] });
    const id = fake.add('own:1', { command: ['true'], isLocal: true });
    expect(await pinImage(await order('shop:1'))).toBe(`shop@${digest}`);
    expect(await foreseeImage(await order('shop:1'))).toBe(`shop@${digest}`);
    expect(await pinImage(await order('own:1'))).toBe(id);
    expect(fake.asked.filter((one) => one.includes('create'))).toEqual([]);
  });

  it('is fetched when it is missing, or when that is asked for, and foreseen without', async () => {
    const old = fake.add('shop:1', { command: ['old'] });
    const fresh = fake.add('shop:1', { command: ['new'] }, 'registry');
    expect(await pinImage(await order('shop:1'))).toBe(`shop@${old}`);
    expect(await foreseeImage(await order('shop:1', 'always'))).toBe(`shop@${fresh}`);
    expect(await pinImage(await order('shop:1'))).toBe(`shop@${old}`);
    expect(await pinImage(await order('shop:1', 'always'))).toBe(`shop@${fresh}`);
    fake.add('other:1', { command: ['x'] }, 'registry');
    const told: string[] = [];
    await pinImage({ ...(await order('other:1')), onProgress: (text) => told.push(text) });
    expect(told[0]).toBe('1 Pulling from other');
  });

  it('that is nowhere is refused, with what to do', async () => {
    expect(await failureOf(pinImage(await order('none:1')))).toMatchObject({
      code: 'badArtefact',
      message: 'cannot get the image none:1: manifest for none:1 not found: manifest unknown',
    });
    expect((await failureOf(pinImage(await order('none:1', 'never')))).message).toContain('no image none:1');
    expect((await failureOf(foreseeImage(await order('none:1')))).code).toBe('badArtefact');
  });

  it('of a registry that wants a password is fetched with the one that docker login left', async () => {
    fake.add('registry.local/shop:2', { command: ['true'] }, 'registry');
    fake.password = 'open sesame';
    const refused = await failureOf(pinImage(await order('registry.local/shop:2')));
    expect(refused.hint).toContain('docker login');
    const auth = Buffer.from('me:open sesame').toString('base64');
    await writeFile(join(dir, 'config.json'), JSON.stringify({ auths: { 'registry.local': { auth } } }));
    const pinned = await pinImage(await order('registry.local/shop:2', 'missing', { DOCKER_CONFIG: dir }));
    expect(pinned).toContain('registry.local/shop@sha256:');
    await writeFile(join(dir, 'config.json'), JSON.stringify({ credHelpers: { 'registry.local': 'pass' } }));
    const always = await order('registry.local/shop:2', 'always', { DOCKER_CONFIG: dir });
    const helper = await failureOf(pinImage(always));
    expect(helper.hint).toContain('helper pass');
    expect(`${helper.message}${helper.hint ?? ''}`).not.toContain('sesame');
  });
});

describe('a process that stands for a container', () => {
  const identity: ContainerIdentity = {
    owner: 'me',
    instance: 'abc',
    rollout: 'shop',
    revision: 'r1-1',
    hostPort: 0,
  };
  const order: ContainerOrder = { image: 'service:1', signal: 'SIGTERM', drainMs: 5_000 };

  async function begin(differences: Partial<ContainerOrder> = {}, env: Record<string, string> = {}) {
    const stop = new AbortController();
    let said = '';
    const ended = standIn({
      engine: await Engine.connect(fake.socketPath),
      order: { ...order, ...differences },
      identity,
      env,
      stop: stop.signal,
      write: (output, bytes) => (said += `${output} ${Buffer.from(bytes as Uint8Array).toString('utf8')}`),
    });
    ended.catch(() => undefined);
    return { ended, stop, said: () => said };
  }

  it('passes its output on, asks it to end, and removes it', async () => {
    const { ended, stop, said } = await begin({}, { VERSION: '5' });
    await expect.poll(said).toContain('stdout version 5 begins\n');
    await expect.poll(said).toContain('stderr listening on nothing\n');
    expect(fake.containers[0]?.body.Labels).toEqual({
      'dev.coalmine.owner': 'me',
      'dev.coalmine.instance': 'abc',
      'dev.coalmine.rollout': 'shop',
      'dev.coalmine.revision': 'r1-1',
    });
    stop.abort();
    expect(await ended).toBe(0);
    expect(said()).toContain('asked to end');
    expect(fake.containers).toEqual([]);
  });

  it('ends as it ended', async () => {
    const { ended, said } = await begin({}, { VERSION: 'crash' });
    expect(await ended).toBe(7);
    expect(said()).toContain('version crash begins');
  });

  it('ends one that does not listen, after its time', async () => {
    const { ended, stop, said } = await begin({
      command: ['sh', '-c', 'trap "" TERM; echo deaf; while :; do sleep 0.1; done'],
      drainMs: 300,
    });
    await expect.poll(said).toContain('deaf');
    stop.abort();
    expect(await ended).toBe(137);
  });

  it('goes on while the engine is silent', async () => {
    const { ended, stop, said } = await begin();
    await expect.poll(said).toContain('begins');
    await fake.fallSilent();
    await fake.listen();
    stop.abort();
    expect(await ended).toBe(0);
  });

  it('fetches what it is to run by its digest, when somebody has cleared it away', async () => {
    const digest = fake.add('gone:1', { command: ['echo', 'back again'] }, 'registry');
    const { ended, said } = await begin({ image: `gone@${digest}` });
    expect(await ended).toBe(0);
    expect(said()).toContain('back again');
  });

  it.each<[string, Partial<ContainerOrder>, string]>([
    ['an image that is nowhere', { image: 'none:1' }, 'No such image'],
    ['a program that is not in it', { command: ['/none'] }, 'exec: "/none"'],
  ])('says why it cannot run %s, and leaves nothing behind', async (_, differences, why) => {
    const { ended } = await begin(differences);
    await expect(ended).rejects.toThrow(why);
    expect(fake.containers).toEqual([]);
  });
});

it('what has lost its process goes at the second look, and nobody else’s', async () => {
  const engine = await Engine.connect(fake.socketPath);
  const make = async (owner: string, instance: string): Promise<string> => {
    const labels = { 'dev.coalmine.owner': owner, 'dev.coalmine.instance': instance };
    const id = await engine.create(`c-${owner}-${instance}`, { Image: 'service:1', Labels: labels });
    await engine.start(id);
    return id;
  };
  const [, living, others] = [await make('me', 'lost'), await make('me', 'living'), await make('you', 'x')];
  const orphans = new Orphans('me');
  expect(await orphans.look(engine, new Set(['living']))).toBe('again');
  expect(fake.running).toHaveLength(3);
  expect(await orphans.look(engine, new Set(['living']))).toBe('clean');
  expect(fake.running.map(({ id }) => id)).toEqual([living, others]);
});
