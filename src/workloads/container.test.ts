import { describe, expect, it } from 'vitest';
import { decodeOrder, encodeOrder, uncarried } from '../containers/container-order.ts';
import type { Probe } from '../rollout/model.ts';
import { containerProcesses, type ContainerParts } from './container.ts';

const probe = (check: Probe['check']): Probe => ({
  check,
  everyMs: 1,
  timeoutMs: 2,
  withinMs: 3,
  failures: 4,
});

const PARTS: ContainerParts = {
  template: {
    kind: 'container',
    image: 'shop@sha256:1',
    command: ['serve', '--port=$(PORT)'],
    port: 8080,
    environment: 'e',
  },
  settings: {
    stop: { signal: 'SIGINT', drainMs: 5_000 },
    limits: { memoryBytes: 1_000 },
    restart: { firstDelayMs: 1, maxDelayMs: 1, crashLoopAfter: 1, stableAfterMs: 1 },
  },
  env: { NODE_OPTIONS: '--none', SECRET: 'open sesame' },
  cwd: '/data/revisions/r1-1',
  entry: '/coalmine/containers/main.js',
  socketPath: '/run/docker.sock',
};

describe('the process that stands for a container', () => {
  it('is told what to run, by digest, and nothing secret where ps shows it', () => {
    const { command, env, cwd } = containerProcesses(PARTS);
    const [node, entry, mode, socket, order = ''] = command;
    expect([node, entry, mode, socket, cwd]).toEqual([
      process.execPath,
      PARTS.entry,
      'run',
      PARTS.socketPath,
      PARTS.cwd,
    ]);
    expect(decodeOrder(order)).toEqual({
      image: 'shop@sha256:1',
      command: ['serve', '--port=$(PORT)'],
      port: 8080,
      signal: 'SIGINT',
      drainMs: 5_000,
      memoryBytes: 1_000,
    });
    expect(encodeOrder(decodeOrder(order))).toBe(order);
    expect(order).not.toContain('$(');
    // Its own Node is not changed by variables of the container.
    expect(env).not.toHaveProperty('NODE_OPTIONS');
    expect(uncarried({ ...env, PATH: '/bin' })).toEqual(PARTS.env);
  });

  it('outlives the time in which its container has to end, and has no limits itself', () => {
    const { stop, limits } = containerProcesses(PARTS);
    expect(stop).toEqual({ signal: 'SIGTERM', drainMs: 7_000 });
    expect(limits).toEqual({});
  });

  it.each<[Probe['check'], object]>([
    [
      { kind: 'http', path: '/' },
      { kind: 'http', path: '/' },
    ],
    [{ kind: 'tcp' }, { kind: 'tcp', heldMs: 200 }],
    [
      { kind: 'command', command: ['pg_isready', '-p', '$(PORT)'] },
      {
        kind: 'command',
        command: [
          process.execPath,
          PARTS.entry,
          'exec',
          PARTS.socketPath,
          Buffer.from('["pg_isready","-p","$(PORT)"]').toString('base64url'),
        ],
      },
    ],
  ])('is probed by %j', (check, expected) => {
    const settings = { ...PARTS.settings, ready: probe(check), live: probe(check) };
    const { ready, live } = containerProcesses({ ...PARTS, settings });
    expect(ready).toEqual({ ...probe({ kind: 'tcp' }), check: expected });
    expect(live).toEqual(ready);
  });
});
