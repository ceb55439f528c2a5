import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../base/duration.ts';
import { Failure } from '../base/failure.ts';

/** Reads a duration option as milliseconds. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Write a duration as 90s, 10m or 1h30m.');
  return ms;
}

/** Reads a whole number that is not negative. */
export function countOption(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}

/** Reads a TCP port; 0 stands for any that is free. */
export function portOption(text: string): number {
  const port = countOption(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return port;
}

const MOST_WORKERS = 256;

/** Reads a number of serving processes: more than any machine has cores serve nobody better. */
export function workersOption(text: string): number {
  const count = countOption(text);
  if (count < 1 || count > MOST_WORKERS) throw new InvalidArgumentError(`Between 1 and ${MOST_WORKERS}.`);
  return count;
}

/** Gathers an option that may be given several times. */
export function gather(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

/** The operand of a command that takes a Rollout or a group. Throws Failure `usage` unless it is given one of them. */
export function nameOrGroup(
  [name]: readonly string[],
  group: string | undefined,
): { readonly name: string } | { readonly group: string } {
  if (name !== undefined && group === undefined) return { name };
  if (name === undefined && group !== undefined) return { group };
  throw new Failure('usage', 'name a Rollout, or a group with --group, and not both', {
    hint: 'see "coalmine get" for those there are',
  });
}

/** The operand that commander has made sure of. */
export function operand([first]: readonly string[]): string {
  if (first === undefined) throw new Error('the command requires an operand');
  return first;
}

/** Reads the number of a release. Throws Failure `usage` for what is none. */
export function releaseNumber(written: string): number {
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written);
  throw new Failure('usage', `"${written}" is not the number of a release`, {
    hint: 'coalmine history NAME lists them.',
  });
}

/** `--otlp-endpoint` */
export function otlpOption(): Option {
  const description =
    'where to send traces of releases, by OTLP over HTTP; else $OTEL_EXPORTER_OTLP_ENDPOINT';
  return new Option('--otlp-endpoint <url>', description);
}

/** `--api-host` of the API in a cluster */
export function apiHostOption(): Option {
  const description = 'what users call it besides localhost; may be given several times';
  return new Option('--api-host <name>', description).argParser(gather);
}

/** `--cluster-name` */
export function clusterNameOption(): Option {
  return new Option('--cluster-name <name>', 'what the cluster is called where its Rollouts are shown');
}
