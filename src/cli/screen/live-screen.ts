import type { LogLine, StreamMessage } from '../../api/resources.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import type { Client } from '../../client/client.ts';
import type { Display } from '../display.ts';
import { renderRollout } from '../output/rollout.ts';
import type { Session } from '../session.ts';
import { frameOf } from './frame.ts';
import { FullScreen } from './full-screen.ts';
import { wordsOf, type Intent } from './intent.ts';
import { KeyReader } from './keys.ts';
import { pressed } from './pressing.ts';
import { MOVE_MS } from './split.ts';
import { heard, logged, newState, remarked, type Remark, type ScreenState } from './state.ts';

/** Frames are at least so far apart. */
const FRAME_MS = 50;
/** Ages grow by themselves. */
const TICK_MS = 1_000;
/** Who is refused at once sees the refusal, and no screen before it. */
const PATIENCE_MS = 400;
const LOG_TAIL = 50;
/** As many past events as tell when the steps of a release began. */
const PAST_EVENTS = 60;
const EVENTS_LEFT = 4;

/** What the screen is about. */
export interface Shown {
  /** Absent: all Rollouts, in a list that each can be opened from. */
  readonly name?: string;
  /** Said above everything. */
  readonly caption?: string;
}

/**
 * The story of releases on a screen of its own, with keys that steer them where keys can be read. What the server
 * refuses is said at its foot. When it ends, the terminal is as it was, and what was shown last stays to be read.
 */
export class LiveScreen implements Display {
  readonly pastEvents = PAST_EVENTS;
  readonly #session: Session;
  readonly #screen: FullScreen;
  readonly #closing = new AbortController();
  #state: ScreenState;
  #client: Client | undefined;
  #keys: Promise<void> = Promise.resolve();
  #following = new AbortController();
  #frame: NodeJS.Timeout | undefined;
  #ticks: NodeJS.Timeout | undefined;
  #drawnAt = 0;

  constructor(session: Session, { name, caption }: Shown) {
    const { io } = session;
    this.#session = session;
    this.#state = newState({
      hasKeys: io.keys !== undefined,
      ...(name === undefined ? {} : { open: name }),
      ...(caption === undefined ? {} : { caption }),
    });
    this.#screen = new FullScreen({
      stdout: io.stdout,
      ...(io.job === undefined ? {} : { job: io.job }),
      onChange: () => {
        this.#schedule();
      },
    });
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  begin(client: Client): void {
    this.#client = client;
    this.#keys = this.#listen();
    this.#frame = setTimeout(() => {
      this.#draw();
    }, PATIENCE_MS);
    this.#ticks = setInterval(() => {
      this.#schedule();
    }, TICK_MS);
  }

  show(message: StreamMessage): void {
    this.#change(heard(this.#state, message, Date.now()));
  }

  remark(text: string): void {
    this.#say({ text, tone: 'bad' });
  }

  async end(): Promise<void> {
    this.#closing.abort();
    this.#following.abort();
    clearTimeout(this.#frame);
    clearInterval(this.#ticks);
    const wasDrawn = this.#drawnAt > 0;
    this.#screen.close();
    await this.#keys;
    if (wasDrawn) this.#session.say(this.#lastLines());
  }

  /** What was shown last, for who scrolls back. */
  #lastLines(): readonly string[] {
    const { open, known, events } = this.#state;
    const view = open === undefined ? undefined : known.get(open)?.view;
    if (view === undefined) return [];
    const own = events.filter(({ rollout }) => rollout === open).slice(-EVENTS_LEFT);
    return renderRollout(view, { width: this.#screen.size.columns, color: this.#session.color, events: own });
  }

  async #listen(): Promise<void> {
    const reader = new KeyReader();
    const { io } = this.#session;
    const stop = AbortSignal.any([this.closed, io.interrupted]);
    for await (const text of io.keys?.(stop) ?? []) {
      for (const key of reader.read(text)) {
        const { state, intent } = pressed(this.#state, key);
        this.#change(state);
        if (intent !== undefined) this.#perform(intent);
      }
      if (this.closed.aborted) return;
    }
  }

  #perform(intent: Intent): void {
    switch (intent.kind) {
      case 'quit':
        this.#closing.abort();
        return;
      case 'suspend':
        this.#session.io.job?.stop();
        return;
      case 'repaint':
        this.#screen.repaint();
        return;
      case 'logs':
        this.#following.abort();
        if (intent.on) void this.#followLogs(intent.name);
        return;
      case 'approve':
      case 'steer':
        void this.#command(intent);
    }
  }

  async #command(intent: Extract<Intent, { kind: 'approve' | 'steer' }>): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    this.#say({ text: `${wordsOf(intent)} …`, tone: 'plain' });
    try {
      const rollout = await (intent.kind === 'steer'
        ? client.steer(intent.name, intent.request)
        : client.approve(intent.name, intent.gate === undefined ? {} : { gate: intent.gate }));
      this.show({ kind: 'rollout', rollout });
      this.#say({ text: `${wordsOf(intent)}: accepted`, tone: 'good' });
    } catch (thrown) {
      this.#refused(`${wordsOf(intent)}: `, thrown);
    }
  }

  async #followLogs(name: string): Promise<void> {
    const end = new AbortController();
    this.#following = end;
    try {
      const lines = this.#client?.logs(name, { tail: LOG_TAIL, follow: true }, end.signal) ?? [];
      for await (const line of lines) {
        if (end.signal.aborted) return;
        this.#change(logged(this.#state, logWords(line)));
      }
    } catch (thrown) {
      if (!end.signal.aborted) this.#refused('logs: ', thrown);
    }
  }

  /** Whatever went wrong with what a key asked for is said; what is watched goes on. */
  #refused(what: string, thrown: unknown): void {
    if (this.closed.aborted || this.#session.io.interrupted.aborted) return;
    const hint = thrown instanceof Failure && thrown.hint !== undefined ? `; ${thrown.hint}` : '';
    this.#say({ text: `${what}${messageOf(thrown)}${hint}`, tone: 'bad' });
  }

  #say(remark: Omit<Remark, 'at'>): void {
    this.#change(remarked(this.#state, { ...remark, at: Date.now() }));
  }

  #change(state: ScreenState): void {
    this.#state = state;
    this.#schedule();
  }

  #schedule(): void {
    if (this.closed.aborted) return;
    const inMs = this.#drawnAt + FRAME_MS - Date.now();
    const isFirst = this.#drawnAt === 0 && this.#state.known.size > 0;
    if (inMs <= 0 && (isFirst || this.#drawnAt > 0)) this.#draw();
    else this.#frame ??= this.#later(Math.max(1, inMs));
  }

  #later(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#draw();
    }, ms);
  }

  #draw(): void {
    clearTimeout(this.#frame);
    this.#frame = undefined;
    const now = Date.now();
    this.#drawnAt = now;
    this.#screen.open();
    this.#screen.draw(frameOf(this.#state, { size: this.#screen.size, paint: this.#session.paint, now }));
    const isMoving = [...this.#state.known.values()].some(({ moved }) => (moved?.at ?? 0) + MOVE_MS > now);
    if (isMoving) this.#frame = this.#later(FRAME_MS);
  }
}

function logWords(line: LogLine): string {
  return 'hook' in line ? `${line.hook}  ${line.text}` : `${line.instance}  ${line.text}`;
}
