// The service that the end-to-end tests release. How it behaves comes from its artefact (behaviour.json), so
// that every behaviour is another revision.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const behaviour = {
  version: 'v1',
  errorRatio: 0,
  slowMs: 0,
  oneSlowMs: 0,
  crashAfterMs: 0,
  neverListens: false,
  neverReady: false,
  garbage: false,
  hangs: false,
  startMs: 0,
  orderRatio: 0.5,
  orderRatios: {},
  jobsPerSecond: 0,
  jobErrorRatio: 0,
  queueLag: 1,
  ...JSON.parse(readFileSync(new URL('behaviour.json', import.meta.url), 'utf8')),
};

const orderRatio = behaviour.orderRatios[process.env.BUTTON ?? ''] ?? behaviour.orderRatio;

/** Of the processes of one revision the first is slower than the others. */
const slowMs = behaviour.slowMs + (behaviour.oneSlowMs > 0 && isFirst() ? behaviour.oneSlowMs : 0);

function isFirst() {
  try {
    writeFileSync(new URL('first', import.meta.url), String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

const port = Number(process.env.PORT);
if (behaviour.crashAfterMs > 0) setTimeout(() => process.exit(7), behaviour.crashAfterMs);

function answer(request, response) {
  if (request.url === '/healthz') {
    response.statusCode = behaviour.neverReady ? 503 : 200;
    response.end('health\n');
    return;
  }
  if (request.url === '/metrics') return void response.end(exposition());
  if (request.url === '/crash') process.exit(9);
  if (behaviour.hangs) return;
  response.setHeader('x-version', behaviour.version);
  response.setHeader('x-pid', String(process.pid));
  const url = new URL(request.url, 'http://service');
  if (url.pathname === '/echo') return void request.pipe(response);
  if (url.pathname === '/headers') return void response.end(JSON.stringify(request.headers));
  if (url.pathname === '/variable') return void response.end(process.env[url.searchParams.get('name')] ?? '');
  if (url.pathname === '/hold') return void hold(response, url.searchParams.get('until'));
  const isError = Math.random() < behaviour.errorRatio;
  if (url.pathname === '/orders') return void order(request, response, isError);
  const ms = 20 + slowMs;
  countRequest(isError, ms);
  response.statusCode = isError ? 500 : 200;
  setTimeout(() => request.resume().on('end', () => response.end(`${behaviour.version}\n`)), ms);
}

/** Some of those who order find that they cannot pay. */
function order(request, response, isError) {
  const isPaid = Math.random() < orderRatio;
  response.statusCode = isError ? 500 : isPaid ? 201 : 402;
  request.resume().on('end', () => response.end());
}

const counters = {
  requests_total: 0,
  requests_failed_total: 0,
  orders_total: 0,
  jobs_total: 0,
  jobs_failed_total: 0,
};
const bounds = [0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.25, 0.5, 1];
const durations = [...bounds.map(() => 0), 0];

function countRequest(isError, ms) {
  counters.requests_total += 1;
  if (isError) counters.requests_failed_total += 1;
  if (Math.random() < orderRatio) counters.orders_total += 1;
  const bucket = bounds.findIndex((bound) => ms / 1_000 <= bound);
  durations[bucket < 0 ? bounds.length : bucket] += 1;
}

/** A worker does so many jobs; nobody asks it anything but how it is. */
if (behaviour.jobsPerSecond > 0) {
  setInterval(() => {
    counters.jobs_total += 1;
    if (Math.random() < behaviour.jobErrorRatio) counters.jobs_failed_total += 1;
  }, 1_000 / behaviour.jobsPerSecond);
}

/** What Prometheus scrapes. A process knows its revision from its environment. */
function exposition() {
  const revision = `rev="${process.env.COALMINE_REVISION}"`;
  let cumulative = 0;
  const buckets = durations.map((count, i) => {
    cumulative += count;
    return `request_seconds_bucket{${revision},le="${bounds[i] ?? '+Inf'}"} ${cumulative}`;
  });
  return [
    ...Object.entries(counters).map(([name, value]) => `${name}{${revision}} ${value}`),
    ...buckets,
    `queue_lag{${revision}} ${behaviour.queueLag}`,
    '',
  ].join('\n');
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
