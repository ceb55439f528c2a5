// The old system. It knows nothing of coalmine.
const { createServer } = require('node:http');

const server = createServer((request, response) => {
  response.end(request.url === '/healthz' ? 'ok\n' : `the old shop at ${request.url}\n`);
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
