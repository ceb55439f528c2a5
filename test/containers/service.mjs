// What containers of tests run: answers with its version, writes to both outputs, ends when asked.
import { createServer } from 'node:http';

const { PORT, VERSION = '1', ERRORS = '0', SECRET = '' } = process.env;
const server = createServer((request, response) => {
  const isBad = request.url !== '/healthz' && Math.random() < Number(ERRORS);
  response
    .writeHead(isBad ? 500 : 200, { 'x-version': VERSION })
    .end(request.url === '/env' ? SECRET : `version ${VERSION}\n`);
});
// Before anything is said: whoever reads it may ask at once.
process.on('SIGTERM', () => {
  console.log('asked to end');
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  if (PORT === undefined) process.exit(0);
});
console.log(`version ${VERSION} begins`);
console.error(`listening on ${PORT ?? 'nothing'}`);
if (VERSION === 'crash') process.exit(7);
if (PORT === undefined) setInterval(() => undefined, 1_000);
else server.listen(Number(PORT), '127.0.0.1');
