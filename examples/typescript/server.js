// A small web service. It listens where it is told, answers its health probe, and ends its requests before it ends.
const { createServer } = require('node:http');

const { NAME, VERSION, PORT } = process.env;
const server = createServer((request, response) => {
  response.end(request.url === '/healthz' ? 'ok\n' : `${NAME}, version ${VERSION}\n`);
});

server.listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
