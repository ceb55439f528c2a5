import { formatDuration } from '../base/duration.ts';
import { percent } from '../analysis/words.ts';
import { unreachable } from '../base/unreachable.ts';
import type { Act, Fault, Outage, Subject } from './scenario/model.ts';

/** Something that is told at a moment. */
export interface Announcement {
  readonly atMs: number;
  readonly message: string;
}

/** What is done, in words. */
export function actWords(act: Act): string {
  switch (act.kind) {
    case 'release':
      return act.variants === undefined
        ? `${act.version} is released`
        : `${Object.values(act.variants).join(' and ')} are released`;
    case 'steer':
      return `a user says: ${act.command.verb}`;
    case 'vote': {
      const who = act.by ?? 'somebody';
      return `${who} says ${act.isYes ? 'yes' : 'no'} at the gate ${act.gate}`;
    }
    case 'crash':
      return `${processWords(act)} killed`;
    case 'restartGateway':
      return 'the gateway is started anew';
    default:
      return unreachable(act);
  }
}

/** When faults and outages begin and end, in words. */
export function announcementsOf({ faults, outages }: Subject): readonly Announcement[] {
  return [...faults.flatMap(faultAnnouncements), ...outages.flatMap(outageAnnouncements)].filter(
    ({ atMs }) => atMs < Infinity,
  );
}

function faultAnnouncements(fault: Fault): readonly Announcement[] {
  const { atMs, forMs, rampMs, errorRatio, slowness } = fault;
  const harms = [
    ...(errorRatio === 0 ? [] : [`${percent(errorRatio)} more errors`]),
    ...(slowness === 1 ? [] : [`answers ${percent(slowness - 1)} slower`]),
  ].join(' and ');
  const ramp = rampMs === 0 ? '' : `, growing for ${formatDuration(rampMs)}`;
  const who = processWords(fault);
  return [
    { atMs, message: `a fault begins: ${harms}${ramp}, ${who}` },
    { atMs: atMs + forMs, message: `a fault ends: ${harms}, ${who}` },
  ];
}

function outageAnnouncements({ of, atMs, forMs }: Outage): readonly Announcement[] {
  return [
    { atMs, message: `the ${of} ${of === 'metrics' ? 'do' : 'does'} not answer` },
    { atMs: atMs + forMs, message: `the ${of} ${of === 'metrics' ? 'answer' : 'answers'} again` },
  ];
}

function processWords({ version, replicas }: Pick<Fault, 'version' | 'replicas'>): string {
  const whose = version === undefined ? '' : ` of ${version}`;
  if (replicas === undefined) return `all processes${whose}`;
  return replicas === 1 ? `one process${whose}` : `${replicas} processes${whose}`;
}
