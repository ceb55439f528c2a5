// bench: how long the dashboard keeps its reader waiting, with 1,000 Rollouts and a day of ticks
/**
 * The built pages in Chromium, on a server whose Rollouts are made up: 1,000 of them, a hundred of which change ten times
 * a second; and the page of one whose release has 86,400 ticks, one a second, which is read, zoomed into and panned.
 * Prints the longest tasks of the page's main thread from Chromium's own trace, for each thing that is done: by the time
 * that the thread worked, which is what is to be reached, and by the clock. The clock also counts how long the thread
 * waited for a processor: the server, the browser's other processes and whatever else runs here want one too.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { bucketOf, type TrackCounters } from '../src/analysis/measurement.ts';
import type { RolloutView, StreamMessage, TickView } from '../src/api/resources.ts';
import { startApiServer } from '../src/api/server.ts';
import { accessTo, fakeOperations, SECRET } from '../test/cli/fake.ts';
import { aReleasingView, aView } from '../test/cli/views.ts';
import { launchChromium } from '../test/e2e/chromium.ts';

const ROLLOUTS = 1_000;
const CHANGING = 100;
const CHANGE_EVERY_MS = 100;
const TICKS = Number(process.argv[2] ?? 86_400);
const RELEASE = 2;
const BEGAN = Date.now() - TICKS * 1_000;
/** What nobody should wait for longer, in milliseconds. */
const GOAL_MS = 100;
const SHOWN = 3;
/** How often the list is opened anew. */
const OPENED = 5;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** By the clock, in microseconds. */
  readonly dur?: number;
  /** What the thread worked of that. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly data?: Frame & { readonly frames?: readonly Frame[] } };
}

/** A page and the process that shows it: named when it comes, and for those that are there when a trace begins. */
interface Frame {
  readonly url?: string;
  readonly processId?: number;
}

/** A task of the page's main thread, in milliseconds. */
interface Task {
  readonly worked: number;
  readonly byClock: number;
}

function nameOf(index: number): string {
  return `service-${String(index).padStart(4, '0')}`;
}

function rolloutOf(index: number, round: number): RolloutView {
  const view = index === 0 ? aReleasingView({ number: RELEASE }) : aView();
  return { ...view, name: nameOf(index), message: `seen ${round} times` };
}

/** A wave, so that there is something to see: the same each time. */
function servedAt(second: number, perSecond: number, ms: number): TrackCounters {
  const requests = Math.round(perSecond * (1 + 0.3 * Math.sin(second / 600)));
  const middle = bucketOf(ms * (1 + 0.1 * Math.sin(second / 97)));
  const latency = Array.from({ length: 40 }, (_, index) => [middle - 20 + index, 1 + (index % 7)] as const);
  return { requests, errors: second % 1_000 === 0 ? 3 : 0, latency };
}

function tickOf(second: number): TickView {
  const check = (name: string, logE: number): TickView['judgement']['checks'][number] => ({
    name,
    verdict: 'undecided',
    reason: `${name}: no harm shown`,
    samples: second,
    harm: { logE, logLimit: 5 },
    safe: { logE: -logE, logLimit: 3 },
    effect: { of: 'mean', low: 0.9, estimate: 1.05, high: 1.2 },
  });
  return {
    release: RELEASE,
    step: 0,
    at: BEGAN + second * 1_000,
    tick: { ms: 1_000, candidate: servedAt(second, 20, 22), control: servedAt(second, 180, 20) },
    judgement: {
      verdict: 'undecided',
      reason: 'no harm shown',
      checks: [check('errors', Math.sin(second / 3_000)), check('latency', Math.cos(second / 3_000))],
    },
  };
}

async function* changing(signal: AbortSignal): AsyncIterable<StreamMessage> {
  for (let index = 0; index < ROLLOUTS; index += 1) yield { kind: 'rollout', rollout: rolloutOf(index, 0) };
  for (let round = 1; !signal.aborted; round += 1) {
    for (let index = 0; index < CHANGING; index += 1)
      yield { kind: 'rollout', rollout: rolloutOf(index, round) };
    await new Promise((next) => setTimeout(next, CHANGE_EVERY_MS));
  }
}

/** The tasks of the page's main thread while something was done. */
async function tasksDuring(browser: Browser, page: Page, act: () => Promise<void>): Promise<readonly Task[]> {
  await browser.startTracing(page, {
    categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'],
  });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  const isOfPages = ofPagesAt(new URL(page.url()).origin, traceEvents);
  return traceEvents
    .filter((event) => event.name === 'RunTask' && event.ph === 'X' && isOfPages(event))
    .map(({ dur = 0, tdur = 0 }) => ({ worked: tdur / 1_000, byClock: dur / 1_000 }));
}

/** Whether an event is of the main thread of these pages. Chromium shows pages of its own too. */
function ofPagesAt(origin: string, events: readonly TraceEvent[]): (event: TraceEvent) => boolean {
  const frames = events.flatMap(({ args: { data } = {} }) => [data ?? {}, ...(data?.frames ?? [])]);
  const processes = new Set(
    frames.flatMap(({ url, processId }) => (url?.startsWith(origin) === true ? [processId] : [])),
  );
  const threads = events.filter(
    ({ name, pid, args }) => name === 'thread_name' && args?.name === 'CrRendererMain' && processes.has(pid),
  );
  return ({ pid, tid }) => threads.some((one) => one.pid === pid && one.tid === tid);
}

function tell(what: string, tasks: readonly Task[]): void {
  if (tasks.length === 0) throw new Error(`${what}: the trace tells of no task of the page`);
  const longest = (of: keyof Task): string => {
    const times = tasks.map((task) => task[of]).sort((a, b) => b - a);
    const shown = times.slice(0, SHOWN).map((ms) => ms.toFixed(1));
    return `${shown.join(', ')} ms, ${times.filter((ms) => ms > GOAL_MS).length} over ${GOAL_MS} ms`;
  };
  console.log(`${what}: ${tasks.length} tasks`);
  console.log(`  longest by work      ${longest('worked')} (goal: 0)`);
  console.log(`  longest by the clock ${longest('byClock')}`);
}

/** A page that nobody has opened before, on which nothing is looked for: that would be work of the page's thread. */
async function opened(browser: Browser, url: string): Promise<{ page: Page; tasks: readonly Task[] }> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  const page = await context.newPage();
  await page.setExtraHTTPHeaders({ authorization: `Bearer ${SECRET}` });
  const tasks = await tasksDuring(browser, page, async () => {
    await page.goto(url);
    await page.waitForTimeout(4_000);
  });
  await page.getByText(`${ROLLOUTS} Rollouts`).waitFor();
  return { page, tasks };
}

async function zoomAndPan(page: Page): Promise<void> {
  const chart = page.getByRole('figure', { name: /^Requests a second/ });
  for (const label of ['Closer', 'Closer', 'Earlier', 'Earlier', 'Later', 'Closer', 'Farther', 'All']) {
    await chart.getByRole('button', { name: label }).click();
    await page.evaluate('new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))');
  }
}

let readToEnd = (): void => undefined;
const lastPage = new Promise<void>((done) => (readToEnd = done));
const dataDir = await mkdtemp(join(tmpdir(), 'coalmine-bench-'));
const ticks = Array.from({ length: TICKS }, (_, second) => tickOf(second));
const all = Array.from({ length: ROLLOUTS }, (_, index) => rolloutOf(index, 0));
const server = await startApiServer({
  dataDir,
  port: 0,
  dashboard: resolve('dist/web'),
  access: accessTo(
    fakeOperations({
      list: () => Promise.resolve(all),
      get: () => Promise.resolve(rolloutOf(0, 0)),
      events: () => Promise.resolve([]),
      stream: (_, signal) => changing(signal),
      ticks: (_, __, { after = 0, limit = TICKS } = {}) => {
        if (after + limit >= TICKS) readToEnd();
        return Promise.resolve(ticks.slice(after, after + limit));
      },
    }),
  ),
  onBug: (thrown) => {
    throw thrown;
  },
});
const browser = await launchChromium();
try {
  const url = server.url ?? '';
  const before: Task[] = [];
  for (let round = 1; round < OPENED; round += 1) {
    const { page, tasks } = await opened(browser, url);
    before.push(...tasks);
    await page.context().close();
  }
  const { page, tasks } = await opened(browser, url);
  tell(`${ROLLOUTS} Rollouts: opened ${OPENED} times`, [...before, ...tasks]);
  tell(
    `${ROLLOUTS} Rollouts: ${CHANGING} change ${1_000 / CHANGE_EVERY_MS} times a second`,
    await tasksDuring(browser, page, () => page.waitForTimeout(10_000)),
  );
  tell(
    `${TICKS} ticks: read while they are drawn`,
    await tasksDuring(browser, page, async () => {
      await page.goto(new URL(`/rollouts/${nameOf(0)}`, url).href);
      await lastPage;
      await page.waitForTimeout(2_000);
    }),
  );
  tell(`${TICKS} ticks: zoomed into and panned`, await tasksDuring(browser, page, () => zoomAndPan(page)));
} finally {
  await browser.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}
