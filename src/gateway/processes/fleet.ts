import { fork } from 'node:child_process';
import { messageOf } from '../../base/failure.ts';
import type { ListeningSocket } from './listening-socket.ts';
import { log } from '../log.ts';
import type {
  CounterDelta,
  CounterNews,
  FromWorker,
  GatewayConfig,
  PathCounters,
  PemCertificate,
  ToWorker,
  WorkerState,
} from '../protocol.ts';
import { addressKey } from '../protocol.ts';
import { keyOf } from '../counting/totals.ts';
import { childPeer, type WorkerPeer } from './worker-peer.ts';

/** A worker that does not take a config within this time is replaced. */
const ANSWER_MS = 3_000;
const START_MS = 10_000;
/** Counters are wanted often, so a worker that is slower is shown with its last report. */
const REPORT_MS = 200;
/** A worker that says nothing for this many looks is hung, and replaced. */
const LOOK_EVERY_MS = 2_000;
const SILENT_LOOKS = 5;
/** A worker that lived shorter than this is not replaced at once when it was not the first. */
const SHORT_LIFE_MS = 1_000;
const RESPAWN_DELAY_MS = 500;

interface Member {
  readonly peer: WorkerPeer;
  /** False: it ends what is under way and is replaced by nobody. */
  readonly isWorker: boolean;
  readonly startedMs: number;
  readonly waiters: Set<Waiter>;
  readonly active: Map<string, number>;
  inflight: Readonly<Record<string, number>>;
  ready: boolean;
  silentLooks: number;
}

interface Waiter {
  readonly matches: (message: FromWorker) => boolean;
  /** Undefined: the worker is gone, or late. */
  readonly done: (message: FromWorker | undefined) => void;
}

interface Question {
  readonly message: ToWorker;
  readonly raw?: unknown;
  readonly matches: (message: FromWorker) => boolean;
  readonly withinMs: number;
  /** True: a worker that is late is killed, since it must not go on with what it has. */
  readonly insist: boolean;
}

/** What the workers need from the master. */
export interface FleetOptions {
  /** The file a worker runs. */
  readonly entry: string;
  readonly size: number;
  readonly onDelta: (delta: CounterDelta) => void;
  /** How many workers were replaced before. */
  readonly restarts?: number;
  readonly onPath: (delta: PathCounters) => void;
  /** What every worker that starts is given. */
  readonly config: () => GatewayConfig;
  readonly sockets: () => readonly ListeningSocket[];
  readonly certificates: () => readonly PemCertificate[];
}

/** The workers. One that dies is replaced; what it had counted and reported is kept by the master. */
export class Fleet {
  restarts: number;
  readonly #options: FleetOptions;
  readonly #members = new Set<Member>();
  #stopping = false;
  #lastShortLifeMs = -Infinity;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.restarts = options.restarts ?? 0;
    setInterval(() => {
      this.#replaceHung();
    }, LOOK_EVERY_MS);
  }

  /** Starts the workers; returns when they serve. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.size }, () => this.#spawn()));
  }

  /** True when every worker serves. */
  get isReady(): boolean {
    const workers = this.#workers();
    return workers.length === this.#options.size && workers.every(({ ready }) => ready);
  }

  /** Counts on with one that has counted so much and ends what it has under way. */
  join(peer: WorkerPeer, counted: CounterNews): void {
    const member = this.#follow({ peer, isWorker: false });
    this.#take(member, { kind: 'report', asked: false, ...counted, inflight: {} });
  }

  /** Every worker serves `config` when this returns. */
  async configure(config: GatewayConfig): Promise<void> {
    await askEach(this.#members, {
      message: { kind: 'config', config },
      matches: (answer) => answer.kind === 'configured' && answer.version === config.version,
      withinMs: ANSWER_MS,
      insist: true,
    });
  }

  /** Every worker shows the certificates of now, before it hears of anything that comes after this. */
  certify(): void {
    for (const member of this.#workers()) this.#certify(member);
  }

  /** Every worker accepts from `socket` when this returns; the text of the error when one cannot. */
  async listen(socket: ListeningSocket): Promise<string | undefined> {
    const answers = await askEach(this.#workers(), listenQuestion(socket, ANSWER_MS));
    return answers.map(listenError).find((error) => error !== undefined);
  }

  /** No worker accepts there any more when this returns. */
  async unlisten(key: string): Promise<void> {
    await askEach(this.#workers(), {
      message: { kind: 'unlisten', key },
      matches: (answer) => answer.kind === 'unlistened' && answer.key === key,
      withinMs: ANSWER_MS,
      insist: true,
    });
  }

  /**
   * Brings the counters and `inflight` up to date; false when a worker did not answer within `withinMs`, so that
   * what is known of it is old. A worker that ended meanwhile has nothing under way any more.
   */
  async refresh(withinMs = REPORT_MS): Promise<boolean> {
    const asked = [...this.#members];
    const answers = await askEach(asked, {
      message: { kind: 'report' },
      matches: (answer) => answer.kind === 'report' && answer.asked,
      withinMs,
      insist: false,
    });
    return asked.every((member, i) => answers[i] !== undefined || !this.#members.has(member));
  }

  /** Requests under way by endpoint id, as last reported. */
  inflight(): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const member of this.#members) {
      for (const [id, count] of Object.entries(member.inflight)) sum[id] = (sum[id] ?? 0) + count;
    }
    return sum;
  }

  /** Requests under way of one part, as last reported. */
  activeOf(key: string): number {
    let sum = 0;
    for (const member of this.#members) sum += member.active.get(key) ?? 0;
    return sum;
  }

  states(): WorkerState[] {
    return this.#workers().map(({ peer, ready }) => ({ pid: peer.pid ?? 0, ready }));
  }

  /**
   * Ends the workers once their requests have ended, or after `drainMs`. `gently`: connections that are idle now stay
   * for one more answer. May be called again with less time.
   */
  async stop(drainMs: number, gently = false): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#members].map((member) => endOf(member, drainMs, gently)));
  }

  async #spawn(): Promise<void> {
    const child = fork(this.#options.entry, ['--worker'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await this.#equip(this.#follow({ peer: childPeer(child), isWorker: true }));
  }

  #follow(who: Pick<Member, 'peer' | 'isWorker'>): Member {
    const member: Member = {
      ...who,
      startedMs: performance.now(),
      waiters: new Set(),
      active: new Map(),
      inflight: {},
      ready: false,
      silentLooks: 0,
    };
    this.#members.add(member);
    member.peer.onMessage((message) => {
      this.#take(member, message);
    });
    member.peer.onGone((reason) => {
      this.#lost(member, reason);
    });
    return member;
  }

  /** Gives a new worker its config and its sockets. */
  async #equip(member: Member): Promise<void> {
    this.#certify(member);
    const config = this.#options.config();
    const configured = ask(member, {
      message: { kind: 'config', config },
      matches: (answer) => answer.kind === 'configured',
      withinMs: START_MS,
      insist: true,
    });
    const listening = this.#options.sockets().map((socket) => ask(member, listenQuestion(socket, START_MS)));
    const answers = await Promise.all([configured, ...listening]);
    for (const error of answers.map(listenError))
      if (error !== undefined) log('worker: cannot listen', { error });
    member.ready = answers.every((answer) => answer !== undefined);
  }

  #certify(member: Member): void {
    member.peer.send({ kind: 'certificates', certificates: this.#options.certificates() });
  }

  #take(member: Member, message: FromWorker): void {
    member.silentLooks = 0;
    if (message.kind === 'report') {
      member.inflight = message.inflight;
      for (const delta of message.counters) {
        member.active.set(keyOf(delta), delta.active);
        if (delta.active === 0) member.active.delete(keyOf(delta));
        this.#options.onDelta(delta);
      }
      message.paths?.forEach(this.#options.onPath);
    }
    for (const waiter of member.waiters) if (waiter.matches(message)) waiter.done(message);
  }

  #lost(member: Member, reason: string): void {
    if (!this.#members.delete(member)) return;
    for (const waiter of member.waiters) waiter.done(undefined);
    if (this.#stopping || !member.isWorker) return;
    this.restarts += 1;
    log('worker: lost, starting another', { worker: member.peer.pid, reason });
    this.#respawn(this.#respawnDelay(member));
  }

  #respawn(delayMs: number): void {
    setTimeout(() => {
      if (this.#stopping) return;
      this.#spawn().catch((error: unknown) => {
        log('worker: cannot be started', { error: messageOf(error) });
        this.#respawn(RESPAWN_DELAY_MS);
      });
    }, delayMs);
  }

  /** At once, unless workers die young one after the other. */
  #respawnDelay(member: Member): number {
    const nowMs = performance.now();
    if (nowMs - member.startedMs >= SHORT_LIFE_MS) return 0;
    const isSecond = nowMs - this.#lastShortLifeMs < 10 * SHORT_LIFE_MS;
    this.#lastShortLifeMs = nowMs;
    return isSecond ? RESPAWN_DELAY_MS : 0;
  }

  #replaceHung(): void {
    for (const member of this.#members) {
      member.silentLooks += 1;
      if (member.silentLooks > SILENT_LOOKS) kill(member, 'says nothing');
    }
  }

  #workers(): Member[] {
    return [...this.#members].filter(({ isWorker }) => isWorker);
  }
}

function askEach(members: Iterable<Member>, question: Question): Promise<(FromWorker | undefined)[]> {
  return Promise.all([...members].map((member) => ask(member, question)));
}

function listenQuestion(socket: ListeningSocket, withinMs: number): Question {
  const key = addressKey(socket.address);
  return {
    message: { kind: 'listen', key, tls: socket.address.tls === true },
    raw: socket.raw,
    matches: (answer) => answer.kind === 'listening' && answer.key === key,
    withinMs,
    insist: true,
  };
}

function listenError(answer: FromWorker | undefined): string | undefined {
  return answer?.kind === 'listening' ? answer.error : undefined;
}

/** Asks one worker; undefined when it dies or is late. */
function ask(member: Member, question: Question): Promise<FromWorker | undefined> {
  return new Promise((resolve) => {
    const waiter: Waiter = {
      matches: question.matches,
      done: (message) => {
        clearTimeout(timer);
        member.waiters.delete(waiter);
        resolve(message);
      },
    };
    const timer = setTimeout(() => {
      waiter.done(undefined);
      if (question.insist) kill(member, `did not take ${question.message.kind} in time`);
    }, question.withinMs);
    member.waiters.add(waiter);
    member.peer.send(question.message, question.raw);
  });
}

function kill(member: Member, reason: string): void {
  log('worker: killed', { worker: member.peer.pid, reason });
  member.peer.kill();
}

function endOf(member: Member, drainMs: number, gently: boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      kill(member, 'did not end');
    }, drainMs + ANSWER_MS);
    member.peer.onGone(() => {
      clearTimeout(timer);
      resolve();
    });
    member.peer.send({ kind: 'drain', drainMs, ...(gently ? { gently } : {}) });
  });
}
