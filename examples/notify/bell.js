// Rings when something becomes of a release. It writes down where it listens, which is where coalmine looks.
const { createServer } = require('node:http');
const { writeFileSync } = require('node:fs');

const heard = new Set();

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (piece) => (body += piece));
  request.on('end', () => {
    const { title, text } = JSON.parse(body);
    const key = request.headers['idempotency-key'];
    // What was taken and could not be written down in time comes again, with the same key.
    if (!heard.has(key)) console.log(`${title}\n${text.replaceAll(/^/gm, '  ')}`);
    heard.add(key);
    response.writeHead(204).end();
  });
});

server.listen(0, '127.0.0.1', () => {
  writeFileSync('bell.url', `http://127.0.0.1:${server.address().port}/ring\n`, { mode: 0o600 });
});
