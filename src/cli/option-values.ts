import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../base/duration.ts';

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

/** Gathers an option that may be given several times. */
export function gather(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

/** The operand that commander has made sure of. */
export function operand([first]: readonly string[]): string {
  if (first === undefined) throw new Error('the command requires an operand');
  return first;
}
