import { DEFAULTS } from '../defaults.ts';
import type { PrometheusSettings, SourceSettings } from '../model.ts';
import { itemPath } from '../path.ts';
import { field, readDuration, SHORT, tell, type Place } from '../place.ts';
import { refuseAddress, resolveLogin } from './login.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenSource = NonNullable<RolloutSpec['sources']>[number];
type WrittenPrometheus = NonNullable<WrittenSource['prometheus']>;

/** `spec.sources` with their defaults. */
export function resolveSources(
  written: readonly WrittenSource[],
  { path, report }: Place,
): readonly SourceSettings[] {
  return written.flatMap(({ name, prometheus }, i) => {
    if (prometheus === undefined) return [];
    const place = { path: `${itemPath(path, i)}.prometheus`, report };
    return [resolvePrometheus(name, prometheus, place)];
  });
}

function resolvePrometheus(name: string, written: WrittenPrometheus, place: Place): PrometheusSettings {
  const { address, auth, tls, timeout = DEFAULTS.source.timeout } = written;
  const login = auth && resolveLogin(auth);
  refuseAddress(address, field(place, 'address'));
  if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined)) {
    tell(field(place, 'tls'), "a client's certificate and its key go together", 'write cert and key');
  }
  return {
    kind: 'prometheus',
    name,
    address,
    ...(login === undefined ? {} : { auth: login }),
    ...(tls === undefined ? {} : { tls }),
    timeoutMs: readDuration(field(place, 'timeout'), timeout, SHORT),
  };
}
