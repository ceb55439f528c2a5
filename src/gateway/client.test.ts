import { linkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayClient } from './client.ts';

let dir: string;
let server: Server | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coalmine-client-'));
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(dir, { recursive: true });
});

async function listening(name: string, handler: RequestListener): Promise<Server> {
  const started = createServer(handler);
  await new Promise<void>((resolve) => started.listen(join(dir, name), resolve));
  return started;
}

describe('waiting for requests to end', () => {
  it('ends when there is no gateway, or only the socket of a dead one', async () => {
    expect(await gatewayClient(dir).drained(['e1'], 50)).toBe(true);
    const gone = await listening('first', () => undefined);
    linkSync(join(dir, 'first'), join(dir, 'control.sock'));
    await new Promise((resolve) => gone.close(resolve));
    expect(await gatewayClient(dir).drained(['e1'], 50)).toBe(true);
  });

  it.each<[string, RequestListener]>([
    ['breaks off', (req) => req.socket.destroy()],
    ['cannot say', (_req, res) => res.writeHead(504).end('{"error":{"code":"timedOut","message":"late"}}')],
  ])('does not take a gateway that %s for an idle one', async (_, handler) => {
    server = await listening('control.sock', handler);
    expect(await gatewayClient(dir).drained(['e1'], 50)).toBe(false);
  });
});
