// bench: how long a good release takes under the default policies, at 1, 20 and 200 requests a second
import { formatDuration } from '../src/base/duration.ts';
import { releaseInVirtualTime } from '../test/engine/virtual-release.ts';

console.log(
  'good release, default policies (4 steps of 30s to 10m, warm-up 30s), errors 0.1 % on both versions\n',
);
console.log('requests/s   median    longest   promoted');
for (const perSecond of [1, 20, 200]) {
  const runs = Array.from({ length: 9 }, (_, seed) => releaseInVirtualTime(perSecond, seed + 1));
  const times = runs.map((run) => run.tookMs).sort((a, b) => a - b);
  const promoted = runs.filter((run) => run.outcome === 'promoted').length;
  const median = formatDuration(times[Math.floor(times.length / 2)]!);
  const longest = formatDuration(times.at(-1)!);
  console.log(
    `${String(perSecond).padEnd(12)} ${median.padEnd(9)} ${longest.padEnd(9)} ${promoted} of ${runs.length}`,
  );
}
