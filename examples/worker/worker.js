// A worker that nobody sends requests to, and of which only one may run.
const timer = setInterval(() => console.log(`working, version ${process.env.VERSION ?? '1'}`), 1000);

process.on('SIGTERM', () => {
  clearInterval(timer);
  console.log('done');
});
