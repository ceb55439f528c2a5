import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from '../../client/client.ts';
import type { Session } from '../session.ts';
import type { DemoStrategy } from './strategies.ts';
import { makeArtefact, shopDocument, VERSIONS } from './versions.ts';

const START_TIMEOUT_MS = 30_000;

/** The demo's own machine room: a temporary directory with a control process, a gateway and a shop. */
export interface DemoSite {
  readonly dir: string;
  readonly dataDir: string;
  readonly client: Client;
}

/** Starts coalmine in the background, the way a user would, with the first version of the shop. */
export async function openSite(session: Session, strategy: DemoStrategy): Promise<DemoSite> {
  const { createClient } = await import('../../client/client.ts');
  const dir = await mkdtemp(join(tmpdir(), 'coalmine-demo-'));
  const dataDir = join(dir, 'data');
  const site: DemoSite = {
    dir,
    dataDir,
    client: createClient({ socketPath: join(dataDir, 'control.sock') }),
  };
  try {
    await start(session, site, strategy);
    return site;
  } catch (cause) {
    // What came up of it goes; why it did not is what matters.
    await closeSite(session, site).catch(() => rm(dir, { recursive: true, force: true }));
    throw cause;
  }
}

async function start({ io }: Session, { dir, dataDir }: DemoSite, strategy: DemoStrategy): Promise<void> {
  await mkdir(dataDir);
  const file = join(dir, 'coalmine.yaml');
  await writeFile(file, shopDocument(await makeArtefact(dir, VERSIONS.first), strategy));
  const args = [io.entry, '--data-dir', dataDir, 'up', file, '--detach', '--gateway-port', '0'];
  await promisify(execFile)(process.execPath, args, { cwd: dir, timeout: START_TIMEOUT_MS });
}

/** Ends everything and removes the directory. */
export async function closeSite({ io }: Session, { dir, dataDir }: DemoSite): Promise<void> {
  await promisify(execFile)(process.execPath, [io.entry, '--data-dir', dataDir, '--yes', 'down'], {
    cwd: dir,
    timeout: START_TIMEOUT_MS,
  });
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
