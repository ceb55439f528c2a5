import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasTool } from '../../test/tools.ts';
import { tellReady } from './readiness.ts';

/** A datagram socket as systemd's, which prints what it is told. */
const LISTEN = `
use Socket;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
bind($s, pack_sockaddr_un($ARGV[0])) or die;
$| = 1;
print "bound\\n";
while (defined recv($s, my $told, 4096, 0)) { print "$told\\n" }
`;

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coalmine-ready-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe.skipIf(!hasTool('systemd-notify', 'systemd') || !hasTool('perl', 'perl-base'))('readiness', () => {
  it('is told to the service manager that asked', async () => {
    const path = join(dir, 'notify');
    const listener = spawn('perl', ['-e', LISTEN, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let heard = '';
    listener.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
    try {
      await vi.waitFor(() => {
        expect(heard).toContain('bound');
      });
      const env = { PATH: process.env['PATH'], NOTIFY_SOCKET: path };
      expect(await tellReady(env)).toBeUndefined();
      await vi.waitFor(() => {
        expect(heard).toContain('READY=1');
      });
    } finally {
      listener.kill('SIGKILL');
    }
  });
});

it('is nobody’s business where nobody asked', async () => {
  expect(await tellReady({})).toBeUndefined();
});

it('that cannot be told is no reason to end', async () => {
  const env = { PATH: dir, NOTIFY_SOCKET: join(dir, 'nobody') };
  expect(await tellReady(env)).toMatch(/cannot be told/);
});
