// A web service that answers with its version, on the port it is given.
const { createServer } = require('node:http');

const version = process.env.VERSION ?? '1';
const server = createServer((request, response) => {
  response.end(request.url === '/healthz' ? 'ok\n' : `hello from version ${version}\n`);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
