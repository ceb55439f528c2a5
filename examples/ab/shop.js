// A shop with one button. Whoever presses it orders.
const { createServer } = require('node:http');

const button = process.env.BUTTON ?? 'blue';

const server = createServer((request, response) => {
  if (request.url === '/healthz') response.end('ok\n');
  else if (request.method === 'POST' && request.url === '/orders') response.writeHead(201).end('ordered\n');
  else response.end(`a ${button} button\n`);
  request.resume();
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
