import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { accessTo, fakeOperations, type Fake } from '../../../test/cli/fake.ts';
import type { Operations } from '../operations.ts';
import type { ProblemView } from '../resources.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from '../server.ts';

/** What is sent besides a path. */
export interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** The API on a control socket of its own, anew for each test. */
export class Served {
  dataDir = '';
  server: ApiServer | undefined;
  bugs: unknown[] = [];

  /** Makes one and clears it away around each test of the file. */
  static forTests(): Served {
    const served = new Served();
    beforeEach(async () => {
      served.dataDir = await mkdtemp(join(tmpdir(), 'coalmine-api-'));
      served.bugs = [];
    });
    afterEach(async () => {
      await served.server?.close();
      served.server = undefined;
      await rm(served.dataDir, { recursive: true, force: true });
    });
    return served;
  }

  /** Serves operations that do nothing, but for these. */
  async serve(operations: Partial<Operations> = {}, options: Partial<ApiServerOptions> = {}): Promise<Fake> {
    const fake = fakeOperations(operations);
    const onBug = (thrown: unknown): void => void this.bugs.push(thrown);
    const { dataDir } = this;
    this.server = await startApiServer({ dataDir, access: accessTo(fake), onBug, ...options });
    return fake;
  }

  open(path: string, { method = 'GET', body, headers = {} }: Sent = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const socketPath = join(this.dataDir, 'control.sock');
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent = request(
        { socketPath, path, method, agent: false, headers: { ...type, ...headers } },
        resolve,
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  async ask(path: string, sent: Sent = {}) {
    const response = await this.open(path, sent);
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const value = text === '' ? undefined : (JSON.parse(text) as unknown);
    return { status: response.statusCode, headers: response.headers, value, problem: value as ProblemView };
  }
}
