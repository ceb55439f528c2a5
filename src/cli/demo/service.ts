import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * The small shop that the demo releases: a program of its own, bundled without dependencies. `version.json`
 * beside it says how it behaves, so that each version is another artefact.
 */
interface Version {
  readonly name: string;
  /** 0 to 1. */
  readonly errorRatio: number;
  /** 1 is as fast as the first version. */
  readonly slowness: number;
  readonly orders: number;
  readonly neverReady?: true;
}

const version = JSON.parse(readFileSync(new URL('version.json', import.meta.url), 'utf8')) as Version;

/** Log-normal around 20 ms, as services tend to be. */
function workMs(): number {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return 20 * Math.exp(0.35 * normal) * version.slowness;
}

const server = createServer((request, response) => {
  if (request.url === '/healthz') {
    if (version.neverReady === true) response.statusCode = 503;
    response.end('ok\n');
    return;
  }
  setTimeout(() => {
    response.statusCode = Math.random() < version.errorRatio ? 500 : 200;
    response.setHeader('x-version', version.name);
    // Visitors decide what they do by what they saw; those of the demo do as they are told.
    if (request.method === 'GET' && Math.random() < version.orders) response.setHeader('x-next', '/orders');
    response.end(`shop ${version.name}\n`);
  }, workMs());
});

server.keepAliveTimeout = 65_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
