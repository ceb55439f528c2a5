import type { JsonObject } from '../../../base/json.ts';
import type { Noted } from '../noted.ts';
import { wordsOf } from './words.ts';

/** What runs, as another tool declares it. */
export interface Imported {
  readonly name: string;
  readonly process: JsonObject;
  readonly hasTraffic: boolean;
  /** True: there is never to be more than one of it. */
  readonly isAlone?: boolean;
  /** Where several serve. */
  readonly host?: string;
  /** A command that is to be run before each release. */
  readonly beforeCandidate?: readonly string[];
  /** What the reader has to know: what was carried over differently, or not at all. */
  readonly notes: readonly string[];
}

/** A command line as an argument vector and an environment, with a note where a shell has to be kept. */
export interface Command {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Without a shell where that can be; with the user's own, and a note, where not. */
export function commandOf(line: string): Command {
  const words = wordsOf(line);
  if (words.kind === 'words') return { command: words.command, env: words.env, notes: [] };
  return {
    command: ['sh', '-c', line],
    env: {},
    notes: [
      `A shell stays: ${words.because}. It gets the signals instead of the program,`,
      'unless the last command begins with exec.',
    ],
  };
}

/** A Rollout for what was imported: a canary of its traffic or of its replicas, or one that waits until the other has ended. */
export function rolloutOf(imported: Imported): Noted {
  const { name, process, hasTraffic, host, isAlone = false, beforeCandidate, notes } = imported;
  const checks = [
    { name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.2%' },
    { name: 'latency', latency: {}, worseBy: '10%' },
  ];
  const spec = hasTraffic
    ? {
        workload: { process },
        traffic: { gateway: host === undefined ? {} : { host } },
        strategy: { canary: { weights: ['5%', '25%', '50%'] } },
        analysis: { checks },
      }
    : { workload: { process }, strategy: isAlone ? { recreate: {} } : { canary: { replicas: ['50%'] } } };
  const hooks =
    beforeCandidate === undefined
      ? {}
      : { hooks: [{ name: 'release', at: 'beforeCandidate', command: beforeCandidate }] };
  const document = {
    apiVersion: 'coalmine.dev/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: { ...spec, ...hooks },
  };
  return {
    document,
    // One line each: what is taken over cannot end a comment.
    notes: notes.map((note) => note.replaceAll(/[\r\n\u2028\u2029]+/g, ' ')),
  };
}
