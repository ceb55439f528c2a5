import type { MatchItem, TextTest } from '../../rollout/match.ts';
import { joined, namedMatch } from './http-matches.ts';
import type { GrpcMatch } from './routes.ts';

type Method = NonNullable<GrpcMatch['method']>;

/** The calls that are in both; undefined: none, or none that a GRPCRoute can name. A path is `/service/method`. */
export function grpcMatchOf(rule: GrpcMatch, item: MatchItem): GrpcMatch | undefined {
  const method = methodIn(rule.method, item.path);
  if (method === 'none') return undefined;
  const headers = joined(rule.headers, item.header === undefined ? [] : [namedMatch(item.header)]);
  return { ...(method === undefined ? {} : { method }), ...(headers.length === 0 ? {} : { headers }) };
}

function methodIn(rule: Method | undefined, path: TextTest | undefined): Method | undefined | 'none' {
  const asked = path === undefined || 'regex' in path ? undefined : methodOf(path);
  if (asked === undefined || rule === undefined) return asked ?? rule;
  if (rule.type === 'RegularExpression' || rule.service !== asked.service) return 'none';
  return narrowerOf(rule, asked);
}

function narrowerOf(rule: Method, asked: Method): Method | 'none' {
  if (rule.method === undefined) return asked;
  return asked.method === undefined || asked.method === rule.method ? rule : 'none';
}

function methodOf(path: Exclude<TextTest, { readonly regex: string }>): Method | undefined {
  const text = 'exact' in path ? path.exact : path.prefix;
  const [service, method] = text.split('/').slice(1);
  if (service === undefined || service === '') return undefined;
  return { type: 'Exact', service, ...(method === undefined || method === '' ? {} : { method }) };
}
