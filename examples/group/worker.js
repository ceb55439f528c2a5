// A worker: here a timer takes the place of a queue.
const version = process.env.VERSION ?? '1';
console.log(`working, version ${version}`);
setInterval(() => undefined, 1_000);
process.on('SIGTERM', () => process.exit(0));
