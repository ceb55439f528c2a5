import { isMap, isScalar, isSeq } from 'yaml';
import type { Finding } from '../rollout/finding.ts';
import { itemPath, keyPath } from '../rollout/path.ts';
import { keyText } from './positions.ts';

/** Words that YAML 1.1 takes for true and false, and YAML 1.2 for texts. */
const AMBIGUOUS = /^(y|yes|n|no|on|off)$/i;

/** Finds the texts that other tools would read as true or false. */
export function ambiguousFindings(node: unknown, path = ''): readonly Finding[] {
  if (isMap(node)) {
    return node.items.flatMap(({ key, value }) =>
      ambiguousFindings(value, keyPath(path, keyText(key) ?? '')),
    );
  }
  if (isSeq(node)) return node.items.flatMap((item, i) => ambiguousFindings(item, itemPath(path, i)));
  if (!isScalar(node) || node.type !== 'PLAIN' || !AMBIGUOUS.test(node.source ?? '')) return [];
  const word = node.source ?? '';
  const reason = `${word} without quotes is a text to some YAML readers and true or false to others`;
  return [{ path, reason, hint: `write "${word}"` }];
}
