// A version of a service: it answers with what it is, where it runs, and how often each path was asked for.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const version = readFileSync(new URL('version', import.meta.url), 'utf8');
const asked = {};
const server = createServer(({ url }, response) => {
  asked[url] = (asked[url] ?? 0) + 1;
  // Each version has a readiness path of its own, and all have `/healthz`.
  const isProbe = url.startsWith('/ready-');
  response.statusCode = isProbe && url !== `/ready-${version}` ? 404 : 200;
  response.end(JSON.stringify({ version, cwd: process.cwd(), asked }));
});
if (existsSync(new URL('stubborn', import.meta.url))) process.on('SIGTERM', () => undefined);
server.listen(Number(process.env.PORT), '127.0.0.1');
