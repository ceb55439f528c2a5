import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../base/failure.ts';
import type { Client } from '../client/client.ts';
import { INTERRUPTED } from './io.ts';
import { LiveArea } from './output/live-area.ts';
import { sorted, SORTS, topRow, topTable, type Sort, type TopRow } from './output/top.ts';
import type { Session } from './session.ts';

/** What is used of a core is a difference: between two looks so far apart. */
const FIRST_MS = 1_000;

/** How to look. */
export interface TopOptions {
  readonly every: number;
  readonly sort: Sort;
}

/** Prints the table once, after two looks. */
export async function topOnce(session: Session, { sort }: TopOptions): Promise<number> {
  const client = await session.client();
  const first = await rowsOf(client);
  if (first.length > 0) await delay(FIRST_MS, undefined, { signal: session.io.interrupted });
  const rows = sorted(first.length > 0 ? await rowsOf(client) : first, sort);
  await session.print(rows, () => topTable(rows, session.paint));
  return 0;
}

/** Draws the table again and again, until `q` or Ctrl-C. */
export async function topLive(session: Session, options: TopOptions): Promise<number> {
  const screen = new Screen(session, options.sort);
  const end = new AbortController();
  const stop = AbortSignal.any([end.signal, session.io.interrupted]);
  const client = await session.client();
  const keys = listen(session, stop, (key) => {
    if (key === 'q') end.abort();
    else screen.press(key);
  });
  try {
    screen.show(await rowsOf(client));
    for (;;) {
      await delay(options.every, undefined, { signal: stop });
      await look(client, screen);
    }
  } catch (thrown) {
    if (!stop.aborted) throw thrown;
    return session.io.interrupted.aborted ? INTERRUPTED : 0;
  } finally {
    end.abort();
    screen.end();
    await keys;
  }
}

async function look(client: Client, screen: Screen): Promise<void> {
  try {
    screen.show(await rowsOf(client));
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== 'unreachable') throw thrown;
    screen.remark(thrown.message);
  }
}

async function listen({ io }: Session, signal: AbortSignal, onKey: (key: string) => void): Promise<void> {
  for await (const text of io.keys?.(signal) ?? []) for (const key of text) onKey(key);
}

async function rowsOf(client: Client): Promise<readonly TopRow[]> {
  return (await client.list()).map(topRow);
}

/** What is drawn. */
class Screen {
  readonly #session: Session;
  readonly #area: LiveArea;
  #sort: Sort;
  #rows: readonly TopRow[] = [];
  #remark: string | undefined;

  constructor(session: Session, sort: Sort) {
    this.#session = session;
    this.#area = new LiveArea(session.io.stdout);
    this.#sort = sort;
  }

  show(rows: readonly TopRow[]): void {
    this.#rows = rows;
    this.#remark = undefined;
    this.#draw();
  }

  remark(text: string): void {
    this.#remark = text;
    this.#draw();
  }

  /** Sorts by the column of a key; other keys mean nothing. */
  press(key: string): void {
    const sort = Object.entries(SORTS).find(([one]) => one === key)?.[1];
    if (sort === undefined) return;
    this.#sort = sort;
    this.#draw();
  }

  end(): void {
    this.#area.end();
  }

  #draw(): void {
    const { paint, io } = this.#session;
    const keys = Object.entries(SORTS).map(([key, sort]) =>
      sort === this.#sort ? paint.bold(sort) : `${key} ${sort}`,
    );
    const help = io.keys === undefined ? [] : ['', paint.dim(`sort: ${keys.join('  ')}   q end`)];
    const remark = this.#remark === undefined ? [] : ['', this.#remark];
    this.#area.draw([...topTable(sorted(this.#rows, this.#sort), paint), ...remark, ...help]);
  }
}
