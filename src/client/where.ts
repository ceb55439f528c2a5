import {
  request as requestPlain,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as requestTls } from 'node:https';
import { Failure } from '../base/failure.ts';

/** Where a server is asked: over its control socket, or over TCP. */
export type Where = { readonly socketPath: string } | { readonly url: URL };

/** How somebody names it. */
export interface Named {
  readonly socketPath?: string;
  readonly url?: string;
}

/** Where the API is. Throws Failure `usage` for what is neither a socket nor a URL of a server. */
export function whereIs({ socketPath, url }: Named): Where {
  if (url === undefined && socketPath !== undefined) return { socketPath };
  if (url === undefined || socketPath !== undefined)
    throw unclear('either socketPath or url says where coalmine is');
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw unclear(`"${url.slice(0, 200)}" is not the URL of a server`);
  }
  if (parsed.username !== '' || parsed.password !== '')
    throw unclear('a URL holds no token: give it as token');
  return { url: parsed };
}

/** How it is called in messages. */
export function wordFor(where: Where): string {
  return 'url' in where ? where.url.origin : where.socketPath;
}

/** Begins a request there. */
export function requestAt(
  where: Where,
  options: RequestOptions,
  onAnswer: (response: IncomingMessage) => void,
): ClientRequest {
  if ('socketPath' in where) return requestPlain({ ...options, ...where }, onAnswer);
  const { url } = where;
  const base = url.pathname.replace(/\/$/, '');
  const request = url.protocol === 'https:' ? requestTls : requestPlain;
  return request(url, { ...options, path: `${base}${options.path ?? ''}` }, onAnswer);
}

function unclear(message: string): Failure {
  return new Failure('usage', message, {
    hint: 'give the path of a control socket as socketPath, or https://HOST or http://127.0.0.1:PORT as url',
  });
}
