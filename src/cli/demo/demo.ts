import type { StreamMessage } from '../../api/resources.ts';
import { Failure } from '../../base/failure.ts';
import { createDisplay, silentDisplay, type Display } from '../display.ts';
import { follow } from '../follow.ts';
import { phaseIs, releaseEnds } from '../goals.ts';
import { INTERRUPTED } from '../io.ts';
import { eventsSoFar } from '../releasing.ts';
import type { Session } from '../session.ts';
import { startLoad, type Load } from './load.ts';
import { closeSite, openSite, type DemoSite } from './site.ts';
import { resultOf, summaryLines, type Watched } from './summary.ts';
import { DEMO_STRATEGIES, type DemoStrategy, type DemoStrategyName } from './strategies.ts';
import { makeArtefact, VERSIONS, type ShopVersion } from './versions.ts';

const REQUESTS_PER_SECOND = 400;
/** Nothing in the demo takes this long when all is well. */
const STEP_TIMEOUT_MS = 60_000;

/** How to run the demo. */
export interface DemoOptions {
  /** Leave everything running at the end. */
  readonly keep: boolean;
  /** Absent: a canary, with a good version and a bad one after it. */
  readonly strategy?: DemoStrategyName;
  /** Show how a bad version ends, alone. */
  readonly bad: boolean;
}

/** What is shown: by which strategy, and which versions one after the other. */
interface Show {
  readonly strategy: DemoStrategy;
  readonly versions: readonly ShopVersion[];
}

/** Promotes a good version, shows how a bad one ends, or both, on real requests. Exits 0 when all ended as they should. */
export async function runDemo(session: Session, options: DemoOptions): Promise<number> {
  const { keep } = options;
  const show = showOf(options);
  session.refuseRemote();
  tell(session, 'starting a shop: a few processes behind a gateway, all in a temporary directory');
  tell(session, show.strategy.seen);
  const site = await openSite(session, show.strategy);
  let isKept = false;
  try {
    const status = await tellStory(session, site, show);
    isKept = keep && status !== INTERRUPTED;
    if (isKept)
      tell(
        session,
        `still running: coalmine --data-dir ${site.dataDir} watch shop --follow; end it with down`,
      );
    return status;
  } finally {
    if (!isKept) await closeSite(session, site);
  }
}

function showOf({ strategy, bad }: DemoOptions): Show {
  const shown: DemoStrategy = DEMO_STRATEGIES[strategy ?? 'canary'];
  const worse = shown.worse.version;
  if (bad) return { strategy: shown, versions: [worse] };
  return { strategy: shown, versions: strategy === undefined ? [VERSIONS.good, worse] : [VERSIONS.good] };
}

async function tellStory(session: Session, site: DemoSite, { strategy, versions }: Show): Promise<number> {
  const inSite = session.in(site.dataDir);
  const isServing = await follow(inSite, {
    name: 'shop',
    goal: phaseIs('Healthy'),
    timeoutMs: STEP_TIMEOUT_MS,
    display: silentDisplay(inSite),
  });
  if (isServing === undefined) return INTERRUPTED;
  const { address } = await site.client.get('shop');
  if (address === undefined) throw new Failure('bug', 'the shop has no address');
  tell(
    session,
    `${VERSIONS.first.name} serves at ${address}; clients now visit it ${REQUESTS_PER_SECOND} times a second`,
  );
  const load = startLoad(address, REQUESTS_PER_SECOND);
  try {
    const watched: Watched[] = [];
    for (const version of versions) {
      const one = await watchRelease(inSite, { site, load, version });
      if (one === undefined) return INTERRUPTED;
      watched.push(one);
    }
    await load.stop();
    return await conclude(session, { strategy, watched, load });
  } finally {
    await load.stop();
  }
}

interface Scene {
  readonly site: DemoSite;
  readonly load: Load;
  readonly version: ShopVersion;
}

/** Releases a version and shows it live until it ends; undefined when interrupted. */
async function watchRelease(session: Session, { site, load, version }: Scene): Promise<Watched | undefined> {
  const { client, dir } = site;
  tell(session, `releasing ${version.name}, ${version.story}`);
  const before = (await client.history('shop'))[0]?.number ?? 0;
  const after = await eventsSoFar(client, 'shop');
  const { revision } = await client.release('shop', { from: await makeArtefact(dir, version) });
  const end = await follow(session, {
    name: 'shop',
    goal: releaseEnds(revision, before),
    after,
    timeoutMs: STEP_TIMEOUT_MS,
    display: displayOf(session, version),
  });
  if (end === undefined) return undefined;
  const canary = load.seen.get(version.name) ?? { requests: 0, errors: 0 };
  const history = (await client.history('shop')).find((entry) => entry.number > before);
  if (history === undefined) throw new Failure('bug', `the release of ${version.name} left no history`);
  return { version, history, canary: { ...canary } };
}

interface Shown {
  readonly strategy: DemoStrategy;
  readonly watched: readonly Watched[];
  readonly load: Load;
}

/** Prints the summary; a demo that did not end as told is a failure. */
async function conclude(session: Session, { strategy, watched, load }: Shown): Promise<number> {
  const result = resultOf(watched, load.seen);
  if (session.format === 'table') session.say(['']);
  await session.print(result, () => summaryLines(result, watched, { seen: load.seen, paint: session.paint }));
  const isAsTold = ({ version, history }: Watched): boolean =>
    history.outcome === (version === VERSIONS.good ? 'promoted' : strategy.worse.outcome);
  return watched.every(isAsTold) ? 0 : 3;
}

/** Where the answer is one JSON value, the story goes beside it. */
function tell(session: Session, line: string): void {
  if (session.format === 'table') session.say([line]);
  else session.remark(line);
}

/** The screen of "watch", with what happens above it; where the answer is JSON, events beside it. */
function displayOf(session: Session, { name, story }: ShopVersion): Display {
  if (session.format !== 'table') return progressDisplay(session);
  return createDisplay(session, { name: 'shop', caption: `releasing ${name}, ${story}` });
}

/** Events only, beside the answer. */
function progressDisplay(session: Session): Display {
  return {
    ...silentDisplay(session),
    show: (message: StreamMessage) => {
      if (message.kind === 'event') session.remark(`${message.event.type}: ${message.event.message}`);
    },
  };
}
