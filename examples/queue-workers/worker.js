// One of several workers that take jobs from a queue. What is under way is finished before it ends.
const timer = setInterval(() => console.log(`sent a mail, version ${process.env.VERSION ?? '1'}`), 1000);

process.on('SIGTERM', () => {
  clearInterval(timer);
  console.log('done');
});
