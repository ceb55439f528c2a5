import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { Failure, messageOf } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { AccountKey } from './account-key.ts';
import { textOf } from './authority-problem.ts';
import { exchange, odd, RefusedByAuthority, type Answered } from './exchange.ts';

const CONNECT_WITHIN_MS = 10_000;
/** A nonce may be refused for no fault of ours (RFC 8555 §6.5). */
const NONCE_TRIES = 10;
const POLL_MS = 1_000;
const MOST_POLL_MS = 30_000;

/** Where an authority is found and believed. */
export interface AuthorityAddress {
  readonly directory: string;
  /** A PEM file with those who vouch for it, in the place of those that Node knows. */
  readonly ca?: string | undefined;
}

/** An ACME authority (RFC 8555), asked with one account's key. Throws Failure for what it refuses or does not answer. */
export class Authority {
  readonly #key: AccountKey;
  readonly #dispatcher: Dispatcher;
  readonly #directory: JsonObject;
  readonly #signal: AbortSignal;
  #account: string | undefined;
  #nonce: string | undefined;

  private constructor(
    key: AccountKey,
    found: { dispatcher: Dispatcher; directory: JsonObject },
    signal: AbortSignal,
  ) {
    this.#key = key;
    this.#dispatcher = found.dispatcher;
    this.#directory = found.directory;
    this.#signal = signal;
  }

  /** Reads its directory. To be closed. */
  static async open(address: AuthorityAddress, key: AccountKey, signal: AbortSignal): Promise<Authority> {
    const ca = address.ca === undefined ? {} : { ca: await caOf(address.ca) };
    const dispatcher = new Agent({ connections: 1, connect: { ...ca, timeout: CONNECT_WITHIN_MS } });
    try {
      const { body } = await exchange(address.directory, { method: 'GET', dispatcher, signal });
      return new Authority(key, { dispatcher, directory: objectOf(body, address.directory) }, signal);
    } catch (error) {
      await dispatcher.destroy();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  /** Finds the key's account or makes it, for whom the authority may write to. */
  async enter(email: string): Promise<void> {
    const contact = [`mailto:${email}`];
    const { location } = await this.post(this.#place('newAccount'), { termsOfServiceAgreed: true, contact });
    if (location === undefined) throw odd('it names no account');
    this.#account = location;
  }

  order(host: string): Promise<Answered> {
    return this.post(this.#place('newOrder'), { identifiers: [{ type: 'dns', value: host }] });
  }

  /** Sends `payload`, signed; undefined only asks. */
  async post(url: string, payload?: unknown): Promise<Answered> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#postOnce(url, payload);
      } catch (error) {
        const isOldNonce = error instanceof RefusedByAuthority && error.type === 'badNonce';
        if (!isOldNonce || attempt === NONCE_TRIES) throw error;
      }
    }
  }

  /** Asks again and again until the status is none of `while`. */
  async settled(url: string, pending: readonly string[], withinMs: number): Promise<JsonObject> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const { body, retryAfterMs } = await this.post(url);
      if (!pending.includes(textOf(body, 'status'))) return body;
      if (performance.now() > deadline)
        throw odd(`${url} is still ${textOf(body, 'status')} after ${withinMs} ms`);
      await sleep(Math.min(retryAfterMs ?? POLL_MS, MOST_POLL_MS), undefined, { signal: this.#signal });
    }
  }

  async #postOnce(url: string, payload: unknown): Promise<Answered> {
    const nonce = this.#nonce ?? (await this.#newNonce());
    this.#nonce = undefined;
    const who = this.#account === undefined ? { jwk: this.#key.jwk } : { kid: this.#account };
    const head = encoded({ alg: 'ES256', nonce, url, ...who });
    const content = payload === undefined ? '' : encoded(payload);
    const signature = this.#key.sign(`${head}.${content}`);
    const answer = await exchange(url, {
      method: 'POST',
      dispatcher: this.#dispatcher,
      signal: this.#signal,
      body: JSON.stringify({ protected: head, payload: content, signature }),
    }).catch((error: unknown) => {
      if (error instanceof RefusedByAuthority) this.#nonce = error.nonce;
      throw error;
    });
    this.#nonce = answer.nonce;
    return answer;
  }

  async #newNonce(): Promise<string> {
    const sending = { method: 'HEAD', dispatcher: this.#dispatcher, signal: this.#signal } as const;
    const { nonce } = await exchange(this.#place('newNonce'), sending);
    if (nonce === undefined) throw odd('it gives no nonce');
    return nonce;
  }

  #place(name: string): string {
    return textOf(this.#directory, name);
  }
}

function objectOf(body: JsonObject, url: string): JsonObject {
  if (['newNonce', 'newAccount', 'newOrder'].every((name) => typeof body[name] === 'string')) return body;
  throw new Failure('usage', `${url} is no ACME directory`, {
    hint: "tls.acme.directory is the authority's directory URL.",
  });
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function caOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Failure('usage', `tls.acme.ca ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
