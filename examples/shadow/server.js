// A small price service. Each answer has a time, which is never the same twice: that much is noise.
const { createServer } = require('node:http');

const round = process.env.ROUNDING === 'floor' ? Math.floor : Math.round;

const server = createServer((request, response) => {
  if (request.url === '/healthz') return void response.end('ok\n');
  const items = ['shirt', 'shoes'].map((name, i) => ({ name, price: round(19.9 * (i + 1)) }));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ at: new Date().toISOString(), items }));
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
