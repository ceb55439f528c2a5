// The service that the end-to-end tests release. How it behaves comes from its artefact (behaviour.json), so
// that every behaviour is another revision.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const behaviour = {
  version: 'v1',
  errorRatio: 0,
  slowMs: 0,
  crashAfterMs: 0,
  neverListens: false,
  neverReady: false,
  garbage: false,
  hangs: false,
  startMs: 0,
  ...JSON.parse(readFileSync(new URL('behaviour.json', import.meta.url), 'utf8')),
};

const port = Number(process.env.PORT);
if (behaviour.crashAfterMs > 0) setTimeout(() => process.exit(7), behaviour.crashAfterMs);

function answer(request, response) {
  if (request.url === '/healthz') {
    response.statusCode = behaviour.neverReady ? 503 : 200;
    response.end('health\n');
    return;
  }
  if (request.url === '/crash') process.exit(9);
  if (behaviour.hangs) return;
  response.setHeader('x-version', behaviour.version);
  response.setHeader('x-pid', String(process.pid));
  const url = new URL(request.url, 'http://service');
  if (url.pathname === '/echo') return void request.pipe(response);
  if (url.pathname === '/headers') return void response.end(JSON.stringify(request.headers));
  if (url.pathname === '/variable') return void response.end(process.env[url.searchParams.get('name')] ?? '');
  if (url.pathname === '/hold') return void hold(response, url.searchParams.get('until'));
  response.statusCode = Math.random() < behaviour.errorRatio ? 500 : 200;
  setTimeout(
    () => request.resume().on('end', () => response.end(`${behaviour.version}\n`)),
    20 + behaviour.slowMs,
  );
}

/** Sends a piece now and then until the file exists, and then the end: as slow as a test needs it. */
function hold(response, file) {
  const timer = setInterval(() => {
    response.write('.');
    if (!existsSync(file)) return;
    clearInterval(timer);
    response.end('end');
  }, 50);
  response.write('begin');
  response.on('close', () => clearInterval(timer));
}

if (behaviour.neverListens) {
  setInterval(() => undefined, 1_000);
} else if (behaviour.garbage) {
  // Answers probes well and users with nonsense.
  createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const isProbe = data.toString('latin1').startsWith('GET /healthz');
      socket.end(
        isProbe
          ? 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
          : '\u0000\u0001garbage\r\n\r\n',
      );
    });
  }).listen(port, '127.0.0.1');
} else {
  const server = createServer(answer);
  server.keepAliveTimeout = 65_000;
  setTimeout(() => server.listen(port, '127.0.0.1'), behaviour.startMs);
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
