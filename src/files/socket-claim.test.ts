import { linkSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimSocket, socketPath } from './socket-claim.ts';

let dir: string;
let path: string;
let servers: Server[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coalmine-claim-'));
  path = join(dir, 'control.sock');
  servers = [];
});

afterEach(async () => {
  for (const server of servers) server.close();
  await rm(dir, { recursive: true });
});

function newServer(): Server {
  const server = createServer();
  servers.push(server);
  return server;
}

/** The socket of a process that is gone. */
async function leaveDead(): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(dir, 'first'), resolve));
  linkSync(join(dir, 'first'), path);
  await new Promise((resolve) => server.close(resolve));
}

describe('claiming a socket', () => {
  it('gives it to one of many, for the owner alone', async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimSocket(path, newServer())));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['control.sock']);
  });

  it.each([
    ['the socket of a dead process', leaveDead],
    ['a file that is no socket', () => writeFile(path, '')],
  ])('replaces %s', async (_, leave) => {
    await leave();
    expect((await claimSocket(path, newServer()))?.isHeld()).toBe(true);
  });

  it('sees that it was removed, and never removes another one', async () => {
    const first = await claimSocket(path, newServer());
    await rm(path);
    expect(first?.isHeld()).toBe(false);
    const second = await claimSocket(path, newServer());
    first?.release();
    expect(second?.isHeld()).toBe(true);
    second?.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('clears away what killed starters left, but nothing of those that are just starting', async () => {
    const left = join(dir, '.new-killed');
    mkdirSync(left);
    writeFileSync(join(left, 's'), '');
    utimesSync(left, 1_000, 1_000);
    mkdirSync(join(dir, '.new-starting'));
    await claimSocket(path, newServer());
    expect(readdirSync(dir).sort()).toEqual(['.new-starting', 'control.sock']);
  });

  it('refuses a path that is too long, saying by how much', () => {
    expect(() => socketPath(`/${'x'.repeat(120)}`, 'control.sock')).toThrow(/too long/);
  });
});
