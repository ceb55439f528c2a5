import { signal, type ReadonlySignal } from '@preact/signals';
import { Backoff, ENDPOINTS, type Failure } from '../../../src/client/browser.ts';
import type { RolloutView, SessionView } from '../../../src/client/index.ts';
import { askWith, failureFrom, type Ask } from './ask.ts';
import { follow } from './follow.ts';
import { Gathering } from './gathering.ts';
import { heard, listed, NOTHING_KNOWN, withEvents, type Known } from './known.ts';
import { pauseUntilOnline, TRIES } from './pauses.ts';
import type { Named } from './named.ts';
import { rememberedNamespaces, rememberNamespaces, scopeFor, type Scope } from './scope.ts';
import { isOfCluster } from './served-by.ts';
import { logIn, type Session } from './session.ts';

/** Events to begin with. */
const FIRST_EVENTS = 200;

/** Whether the server is heard. Times are milliseconds since 1970. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** What is shown was true at `since`. */
  | { readonly kind: 'lost'; readonly since: number; readonly failure: Failure };

/** What the pages know of one server, kept true for as long as it answers. Nothing is asked before `begin`. */
export class Live {
  /** Asks the server once; what it is asked for whenever something changes, `known` knows. */
  readonly ask: Ask;
  /** Asks for a list, to its end. */
  readonly askAll: Ask;
  /** True where an operator serves the Rollouts of a cluster. */
  readonly isOfCluster = isOfCluster();
  readonly #scope = signal<Scope>({ kind: 'all' });
  /** What somebody may do in the namespaces that were looked at closely. */
  readonly #roles = signal<ReadonlyMap<string, Session>>(new Map());
  readonly #known = signal<Known>(NOTHING_KNOWN);
  readonly #connection = signal<Connection>({ kind: 'connecting' });
  readonly #session = signal<Session>({ kind: 'unknown' });
  readonly #gathering = new Gathering((messages) => {
    this.#known.value = heard(this.#known.value, messages);
  });
  #following: AbortController | undefined;
  #hurry = new AbortController();

  constructor() {
    const { ask, askAll } = askWith((failure) => {
      if (failure.code === 'unauthenticated') this.#leave();
    });
    this.ask = ask;
    this.askAll = askAll;
  }

  get known(): ReadonlySignal<Known> {
    return this.#known;
  }

  get connection(): ReadonlySignal<Connection> {
    return this.#connection;
  }

  get session(): ReadonlySignal<Session> {
    return this.#session;
  }

  /** Which Rollouts are looked at. */
  get scope(): ReadonlySignal<Scope> {
    return this.#scope;
  }

  /** Who is logged in, as far as it is about one Rollout: in a cluster somebody may do more in one namespace than in another. */
  sessionFor({ namespace }: Named): Session {
    if (namespace === undefined) return this.#session.value;
    return this.#roles.value.get(namespace) ?? { kind: 'unknown' };
  }

  /** Asks what somebody may do in a namespace. Where nobody answers, nothing is offered there. */
  async learnRole(namespace: string): Promise<void> {
    try {
      const who = await this.ask(ENDPOINTS.session, { namespaces: [namespace] });
      this.#roles.value = new Map([...this.#roles.value, [namespace, { kind: 'in', who }]]);
    } catch {
      // Why, whoever asks for something there is told.
    }
  }

  /** Looks at the Rollouts of these namespaces. Throws the server's Failure for one that he may not see. */
  async lookAt(namespaces: readonly string[]): Promise<void> {
    for (const one of namespaces) await this.ask(ENDPOINTS.session, { namespaces: [one] });
    rememberNamespaces(namespaces);
    this.#forget();
    void this.#listenTo(namespaces.length === 0 ? { kind: 'unnamed' } : { kind: 'some', namespaces });
  }

  /** Finds out who is logged in, and begins to listen. */
  async begin(): Promise<void> {
    this.#following?.abort();
    const following = new AbortController();
    this.#following = following;
    const who = await this.#whoIsHere(following.signal);
    if (who === undefined || following.signal.aborted) return;
    this.#session.value = { kind: 'in', who };
    await this.#listenTo(this.#scopeOf(who));
  }

  /** Listens to these, and to nothing else. */
  async #listenTo(scope: Scope): Promise<void> {
    this.#following?.abort();
    const following = new AbortController();
    this.#following = following;
    this.#scope.value = scope;
    if (scope.kind !== 'unnamed') await this.#follow(following.signal);
  }

  /** Somebody who sees no Rollouts of his own accord names namespaces. */
  #scopeOf({ rollouts }: SessionView): Scope {
    if (!this.isOfCluster) return { kind: 'all' };
    return scopeFor(location.pathname, rollouts?.length !== 0, rememberedNamespaces());
  }

  get #namespaces(): readonly string[] {
    const scope = this.#scope.value;
    return scope.kind === 'some' ? scope.namespaces : [];
  }

  /** Looks for a lost server now. */
  retry(): void {
    this.#hurry.abort();
  }

  /** Shows what an answer says of a Rollout, without waiting to hear it. */
  hear(rollout: RolloutView): void {
    this.#gathering.add({ kind: 'rollout', rollout });
    this.#gathering.flush();
  }

  /** Throws the server's Failure for a token that is of no use. */
  async logIn(token: string): Promise<void> {
    await logIn(this.ask, token);
    void this.begin();
  }

  /** Forgets everything, and the server forgets who was here. */
  async logOut(): Promise<void> {
    await this.ask(ENDPOINTS.logOut);
    this.#leave();
  }

  /** Undefined when nobody is, or it does not matter any more. */
  async #whoIsHere(signal: AbortSignal): Promise<SessionView | undefined> {
    const backoff = new Backoff(TRIES);
    for (;;) {
      try {
        return await this.ask(ENDPOINTS.session, { signal });
      } catch (thrown) {
        if (signal.aborted) return undefined;
        this.#lose(failureFrom(thrown));
      }
      await this.#pause(backoff.next(), signal);
    }
  }

  #follow(signal: AbortSignal): Promise<void> {
    return follow(
      {
        onOpen: () => this.#catchUp(),
        onMessage: (message) => {
          this.#gathering.add(message);
        },
        onLost: (failure) => {
          this.#lose(failure);
        },
        namespaces: this.#namespaces,
        newestEvent: () => this.#known.value.events.at(-1)?.id,
        pause: (ms, end) => this.#pause(ms, end),
      },
      signal,
    );
  }

  /** The stream says what changes; what has gone, and what was there before, a list says. */
  async #catchUp(): Promise<void> {
    const since = this.#gathering.note();
    // The stream of a cluster does not say what has happened while nobody listened.
    const isNew = this.isOfCluster || this.#known.value.events.length === 0;
    const namespaces = this.#namespaces;
    const [all, events] = await Promise.all([
      this.askAll(ENDPOINTS.list, { namespaces }),
      isNew ? this.ask(ENDPOINTS.events, { namespaces, query: { limit: FIRST_EVENTS } }) : [],
    ]);
    this.#gathering.flush();
    const now = listed(this.#known.value, all, since);
    this.#known.value = { ...now, events: withEvents(now.events, events) };
    this.#connection.value = { kind: 'live' };
  }

  #lose(failure: Failure): void {
    if (failure.code === 'unauthenticated') {
      this.#leave();
      return;
    }
    const before = this.#connection.value;
    const since = before.kind === 'lost' ? before.since : Date.now();
    this.#connection.value = { kind: 'lost', since, failure };
  }

  #leave(): void {
    this.#following?.abort();
    this.#following = undefined;
    this.#forget();
    this.#roles.value = new Map();
    this.#session.value = { kind: 'out' };
  }

  #forget(): void {
    this.#known.value = NOTHING_KNOWN;
    this.#connection.value = { kind: 'connecting' };
  }

  #pause(ms: number, end: AbortSignal): Promise<void> {
    this.#hurry = new AbortController();
    return pauseUntilOnline(ms, AbortSignal.any([end, this.#hurry.signal]));
  }
}
