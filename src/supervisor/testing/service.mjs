// A service that misbehaves on request: how at its start by BEHAVIOUR, later by the path it is asked for.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const behaviour = process.env.BEHAVIOUR ?? '';
const version = process.env.VERSION ?? 'none';
let healthy = true;

if (behaviour === 'crash') {
  console.error('boom: no database');
  process.exit(3);
}
if (behaviour === 'deaf') process.on('SIGTERM', () => console.log('heard SIGTERM'));
if (behaviour === 'family') {
  const child = spawn(
    process.execPath,
    ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6)'],
    { stdio: 'inherit' },
  );
  console.log(`child ${child.pid}`);
}
if (behaviour === 'sessions') {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
    stdio: 'ignore',
    detached: true,
  });
  child.unref();
}
if (behaviour === 'hungry') globalThis.hoard = Buffer.alloc(150_000_000, 1);

const hoard = [];
const burn = 'setInterval(() => { for (let i = 0; i < 2e8; i++); }, 1)';

const answers = {
  '/leak': (response, query) => {
    hoard.push(Buffer.alloc(Number(query), 1));
    response.end();
  },
  '/burn': (response) => {
    setInterval(() => {
      const until = performance.now() + 50;
      while (performance.now() < until);
    }, 50);
    response.end();
  },
  '/burn-in-child': (response) => {
    spawn(process.execPath, ['-e', burn], { stdio: 'ignore' });
    response.end();
  },
  '/healthz': (response) => response.writeHead(healthy ? 200 : 503).end(),
  '/sick': (response) => {
    healthy = false;
    response.end();
  },
  '/crash': () => process.exit(1),
  '/env': (response) => response.end(JSON.stringify(process.env)),
  '/version': (response) => response.end(version),
  '/say': (response, query) => {
    console.log(query);
    response.end();
  },
};

if (behaviour !== 'mute') {
  createServer((request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response, query);
  }).listen(Number(process.env.PORT), process.env.HOST, () => console.log(`listening as ${version}`));
} else {
  setInterval(() => undefined, 1_000_000);
}
