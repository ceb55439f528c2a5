// bench: a thousand weight changes and two hundred releases under load
/**
 * Whether anything wears out: 200 releases of 5 weights each, every tenth taken back half way, under 200 requests a
 * second and 8 users who ask again as soon as they are answered. Prints client errors and memory; exits 1 for an
 * error, or when control or gateway have grown by a fifth from the second quarter of the time to the last.
 * `--short`: 20 releases.
 */
import { soak, type Soaked } from '../test/e2e/soak.ts';

const LONG = 200;
const SHORT = 20;
const MOST_GROWTH = 0.2;

const releases = process.argv.includes('--short') ? SHORT : LONG;
const startedMs = performance.now();

function show({ releases: done, requests, failures }: Soaked): void {
  if (done % 10 === 0) console.log(`${done} releases, ${requests} requests, ${failures.length} failures`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** From the second quarter, when caches are warm, to the last. */
function growth(values: readonly number[]): { from: number; to: number; share: number } {
  const quarter = values.length / 4;
  const [from, to] = [median(values.slice(quarter, 2 * quarter)), median(values.slice(3 * quarter))];
  return { from, to, share: to / from - 1 };
}

const soaked = await soak({
  releases,
  weightChanges: 5,
  abortEvery: 10,
  perSecond: 200,
  users: 8,
  onRelease: show,
});
const seconds = (performance.now() - startedMs) / 1_000;
const outcomes = Object.entries(soaked.outcomes).map(([outcome, count]) => `${count} ${outcome}`);
console.log(
  `${soaked.releases} releases (${outcomes.join(', ')}), ${soaked.configs} configs of the gateway, ` +
    `${soaked.requests} requests in ${seconds.toFixed(0)} s: ${soaked.failures.length} client errors`,
);
for (const failure of soaked.failures.slice(0, 10)) console.log(`  ${failure}`);
let isFlat = true;
for (const [name, values] of Object.entries(soaked.memory)) {
  const { from, to, share } = growth(values);
  if (share > MOST_GROWTH) isFlat = false;
  console.log(
    `${name.padEnd(8)} ${from.toFixed(0)} MiB in the second quarter, ${to.toFixed(0)} MiB in the last (${(100 * share).toFixed(0)} %)`,
  );
}
process.exitCode = soaked.failures.length === 0 && isFlat ? 0 : 1;
