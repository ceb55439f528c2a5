// A small web service. It listens where it is told, answers its health probe, and ends its requests before it ends.
const { createServer } = require('node:http');

const server = createServer((request, response) => {
  response.end(request.url === '/healthz' ? 'ok\n' : `hello from version ${process.env.VERSION ?? '1'}\n`);
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
