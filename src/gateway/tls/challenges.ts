import type { ClientResponse } from '../http1/client-side.ts';
import type { HostChallenge } from '../protocol.ts';
import type { RequestHead } from '../http1/request-head.ts';

const PLACE = '/.well-known/acme-challenge/';

/** Shows an authority that hosts are ours. What is no challenge of now goes to the workload. */
export class Challenges {
  #answers = new Map<string, string>();

  replace(challenges: readonly HostChallenge[] = []): void {
    this.#answers = new Map(challenges.map(({ host, token, answer }) => [`${host}${PLACE}${token}`, answer]));
  }

  /** False when the request is for somebody else. */
  answer(res: ClientResponse, { host, path }: RequestHead): boolean {
    if (this.#answers.size === 0) return false;
    const answer = this.#answers.get(`${host}${path}`);
    if (answer === undefined) return false;
    res.writeHead(200, 'OK', [
      'Content-Type',
      'application/octet-stream',
      'Content-Length',
      `${Buffer.byteLength(answer)}`,
    ]);
    res.end(answer);
    return true;
  }
}
