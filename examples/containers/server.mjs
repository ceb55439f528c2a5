// A small web service. It listens where it is told, answers its health probe, and ends its requests before it ends.
import { createServer } from 'node:http';

const { VERSION = '1', PORT, HOST } = process.env;
const server = createServer((request, response) => {
  response.end(request.url === '/healthz' ? 'ok\n' : `hello from version ${VERSION}\n`);
});

server.listen(Number(PORT), HOST);
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
