import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Hono } from 'hono';
import { isMissing } from '../base/errno.ts';

/** What may be loaded: what this server serves, and nothing that stands in a page itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const HEADERS = { 'content-security-policy': POLICY };

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Paths that the page itself reads, to know what it shows. */
const PAGES: readonly string[] = ['/', '/rollouts/:name'];

/** How the page is told what it is served by: how one logs in, and how Rollouts are named, differs. */
const SERVED_BY = /(<meta name="coalmine-served-by" content=")[a-z]*"/;

/** A dashboard that was built. */
export interface BuiltDashboard {
  readonly directory: string;
  /** What runs the Rollouts that it shows. */
  readonly servedBy: 'machine' | 'cluster';
}

/**
 * Serves a dashboard that was built, to everybody: it knows nothing before it asks the API. Files whose names hold a hash
 * of what is in them are kept for a year; the page that names them is asked for each time.
 */
export function serveDashboard(app: Hono, built: BuiltDashboard): void {
  const files = new BuiltFiles(built);
  for (const path of PAGES) {
    app.get(path, async (context) => {
      const page = await files.page();
      if (page === undefined) return context.notFound();
      return new Response(page, {
        headers: { ...HEADERS, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
      });
    });
  }
  app.get('/assets/:file', async (context) => {
    const name = context.req.param('file');
    const type = TYPES[extname(name)];
    const asset = type === undefined ? undefined : await files.asset(name);
    if (type === undefined || asset === undefined) return context.notFound();
    return new Response(asset, {
      headers: {
        ...HEADERS,
        'content-type': type,
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
  });
}

/** The files of a build, read when they are first asked for: a build stays what it is. */
class BuiltFiles {
  readonly #built: BuiltDashboard;
  #read: Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> | undefined;

  constructor(built: BuiltDashboard) {
    this.#built = built;
  }

  /** Undefined where nothing was built. */
  async page(): Promise<string | undefined> {
    const page = (await this.#files()).get('index.html');
    if (page === undefined) return undefined;
    return new TextDecoder().decode(page).replace(SERVED_BY, `$1${this.#built.servedBy}"`);
  }

  /** By its name; a path leads nowhere. */
  async asset(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return (await this.#files()).get(join('assets', name));
  }

  #files(): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
    this.#read ??= readAll(this.#built.directory);
    return this.#read;
  }
}

async function readAll(directory: string): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const assets = (await namesIn(join(directory, 'assets'))).map((name) => join('assets', name));
  const index = (await namesIn(directory)).filter((name) => name === 'index.html');
  const read = [...index, ...assets].map(
    async (name) => [name, new Uint8Array(await readFile(join(directory, name)))] as const,
  );
  return new Map(await Promise.all(read));
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw cause;
  }
}
