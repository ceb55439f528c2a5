import { stat } from 'node:fs/promises';
import { messageOf } from '../../base/failure.ts';
import { certificateProblem, readCertificate, type Certificate } from './certificate.ts';
import { log } from '../log.ts';
import {
  certificateKey,
  type CertificateFiles,
  type GatewayConfig,
  type PemCertificate,
} from '../protocol.ts';

interface Entry {
  /** What the files looked like when they were last read. */
  readonly seen: string;
  /** The last that could serve. */
  readonly good: Certificate | undefined;
  readonly problem: string | undefined;
}

/**
 * The certificates of the served config, read by the master and handed to the workers: all change at once, and a new
 * worker gets the last good one, whatever has become of the files.
 */
export class CertificateShelf {
  #entries = new Map<string, Entry>();
  /** What was shown before, by another process; only until it is read. */
  readonly #earlier: Map<string, Certificate>;

  constructor(earlier: readonly Certificate[] = []) {
    this.#earlier = new Map(earlier.map((certificate) => [certificateKey(certificate.files), certificate]));
  }

  /** Reads the certificates that `config` names and that are not here yet; answers whether there were any. */
  async serve(config: GatewayConfig): Promise<boolean> {
    const wanted = new Map(filesOf(config).map((files) => [certificateKey(files), files]));
    for (const key of this.#entries.keys()) if (!wanted.has(key)) this.#entries.delete(key);
    const added = [...wanted].filter(([key]) => !this.#entries.has(key));
    await Promise.all(added.map(([key, files]) => this.#read(key, files)));
    return added.length > 0;
  }

  /** Reads again what has changed on the disk; answers whether workers must be told. */
  async look(config: GatewayConfig): Promise<boolean> {
    const changes = await Promise.all(
      filesOf(config).map(async (files) => {
        const key = certificateKey(files);
        const entry = this.#entries.get(key);
        if (entry === undefined || entry.seen === (await appearanceOf(files))) return false;
        await this.#read(key, files);
        return this.#entries.get(key)?.good !== entry.good;
      }),
    );
    return changes.includes(true);
  }

  /** For the workers. */
  all(): PemCertificate[] {
    return [...this.#entries.values()].flatMap(({ good }) => (good === undefined ? [] : [good]));
  }

  /** What is wrong with the certificates of `config`. */
  problems(config: GatewayConfig): string[] {
    const nowMs = Date.now();
    const found = config.routes.flatMap(({ host, tls }) => {
      const entry = tls === undefined ? undefined : this.#entries.get(certificateKey(tls));
      if (entry === undefined) return [];
      const own = entry.good === undefined ? undefined : certificateProblem(entry.good, { host, nowMs });
      return [entry.problem ?? [], own ?? []].flat();
    });
    return [...new Set(found)];
  }

  async #read(key: string, files: CertificateFiles): Promise<void> {
    // Before reading: what changes meanwhile is read again.
    const seen = await appearanceOf(files);
    const before = this.#entries.get(key)?.good ?? this.#earlier.get(key);
    this.#earlier.delete(key);
    try {
      const good = await readCertificate(files);
      this.#entries.set(key, { seen, good, problem: undefined });
      log('certificate: read', { certificate: files.certificate });
    } catch (error) {
      const rest = before === undefined ? '' : '; the one before is served';
      this.#entries.set(key, { seen, good: before, problem: `${messageOf(error)}${rest}` });
      log('certificate: not usable', { certificate: files.certificate, reason: messageOf(error) });
    }
  }
}

function filesOf({ routes }: GatewayConfig): CertificateFiles[] {
  return routes.flatMap(({ tls }) => tls ?? []);
}

/** Another text when either file was replaced or written to. */
async function appearanceOf({ certificate, key }: CertificateFiles): Promise<string> {
  const looks = await Promise.all(
    [certificate, key].map((path) =>
      stat(path, { bigint: true }).then(
        ({ ino, size, mtimeNs, ctimeNs }) => [ino, size, mtimeNs, ctimeNs].join(),
        (error: unknown) => messageOf(error),
      ),
    ),
  );
  return looks.join();
}
