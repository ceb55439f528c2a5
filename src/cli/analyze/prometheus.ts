import type { MetricSource } from '../../metrics/prometheus/answer.ts';
import { secretFromFile } from '../../system/secret.ts';
import type { Authentication } from '../../system/credentials.ts';
import { prometheusSource } from '../../metrics/prometheus/source.ts';
import { Failure } from '../../base/failure.ts';
import type { Session } from '../session.ts';
import { required, type QueryOptions } from './options.ts';

/** A person waits for it, and long ranges take long. */
const TIMEOUT_MS = 60_000;

/** The server that the options name. Throws Failure when it cannot be one. */
export function prometheusOf(session: Session, options: QueryOptions): MetricSource {
  const { caFile } = options;
  const auth = authOf(session, options);
  return prometheusSource({
    name: '--prometheus',
    address: required(options.prometheus, '--prometheus'),
    timeoutMs: TIMEOUT_MS,
    ...(auth === undefined ? {} : { auth }),
    ...(caFile === undefined ? {} : { tls: { caFile: session.path(caFile) } }),
  });
}

function authOf(
  session: Session,
  { tokenFile, user, passwordFile }: QueryOptions,
): Authentication | undefined {
  if (tokenFile !== undefined && user !== undefined) {
    throw new Failure('usage', '--token-file does not go with --user', { hint: 'Log in in one way.' });
  }
  if (tokenFile !== undefined) return { bearer: secretFromFile(session.path(tokenFile)) };
  if (user === undefined && passwordFile === undefined) return undefined;
  const password = secretFromFile(session.path(required(passwordFile, '--password-file')));
  return { basic: { user: required(user, '--user'), password } };
}
