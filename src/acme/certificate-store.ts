import { createHash, X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../base/errno.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { isJsonObject } from '../base/json.ts';
import { writeDurably } from '../files/durable-file.ts';
import { newKeyPem } from './account-key.ts';
import { lifetimeOf, type Lifetime } from '../system/certificate-lifetime.ts';
import type { FailedTries } from './renewal.ts';

/** Which certificate: of whom, for whom. */
export interface CertificateName {
  readonly directory: string;
  readonly host: string;
}

/** A certificate that is there. */
export interface KeptCertificate extends Lifetime {
  /** A number in [0, 1) of its own. */
  readonly chance: number;
}

/** Accounts, certificates and failed tries in a directory; each file its owner's alone, replaced as a whole. */
export class CertificateStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The one PEM file with key and chain, whether or not it is there. */
  path({ directory, host }: CertificateName): string {
    return join(this.#dir, `${host}.${shortHash(directory)}.pem`);
  }

  /** Undefined when there is none, or none that can be read. */
  async certificate(name: CertificateName): Promise<KeptCertificate | undefined> {
    const pem = await read(this.path(name));
    if (pem === undefined) return undefined;
    try {
      const certificate = new X509Certificate(pem);
      const { fingerprint256 } = certificate;
      const chance = parseInt(fingerprint256.replaceAll(':', '').slice(0, 8), 16) / 2 ** 32;
      return { ...lifetimeOf(certificate), chance };
    } catch {
      return undefined;
    }
  }

  /** Puts a new one in the place of the one before. */
  async put(name: CertificateName, pem: string): Promise<void> {
    await writeDurably(this.path(name), pem);
    await rm(this.#triesPath(name), { force: true });
  }

  /** The key of the account with an authority; made when there is none. Throws Failure when it cannot be read. */
  async accountKey(directory: string): Promise<string> {
    const path = join(this.#dir, `account.${shortHash(directory)}.pem`);
    const known = await read(path);
    if (known !== undefined) return known;
    const made = newKeyPem();
    await writeDurably(path, made);
    return made;
  }

  async failedTries(name: CertificateName): Promise<FailedTries | undefined> {
    const text = await read(this.#triesPath(name));
    return text === undefined ? undefined : triesOf(text);
  }

  async putFailedTries(name: CertificateName, tries: FailedTries): Promise<void> {
    await writeDurably(this.#triesPath(name), `${JSON.stringify(tries)}\n`);
  }

  #triesPath(name: CertificateName): string {
    return this.path(name).replace(/pem$/, 'json');
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    throw new Failure('storeUnusable', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** One that cannot be understood is as good as none: the worst that follows is a try too early. */
function triesOf(text: string): FailedTries | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return undefined;
    const { failures, reason, atMs, nextAtMs, settings } = value;
    const isWhole =
      [failures, atMs, nextAtMs].every((one) => typeof one === 'number') &&
      [reason, settings].every((one) => typeof one === 'string');
    return isWhole ? ({ failures, reason, atMs, nextAtMs, settings } as FailedTries) : undefined;
  } catch {
    return undefined;
  }
}
