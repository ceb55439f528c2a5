import { isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Finding } from '../rollout/finding.ts';
import { parsePath } from '../rollout/path.ts';
import { whereIs, type SourceDocument } from './source.ts';

/** Says where in its document a finding is: at the value if that is short, else at its key, else at what should hold it. */
export function located(finding: Finding, { tree, lines }: SourceDocument): Finding {
  if (finding.line !== undefined) return finding;
  let at: Step = { node: tree.contents, offset: startOf(tree.contents) ?? 0 };
  for (const segment of parsePath(finding.path) ?? []) {
    const next = stepInto(at.node, segment);
    if (next === undefined) return { ...finding, ...whereIs(at.offset, lines) };
    at = next;
  }
  const value = finding.atKey !== true && isScalar(at.node) ? startOf(at.node) : undefined;
  return { ...finding, ...whereIs(value ?? at.offset, lines) };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A node, and where its key or item begins. */
interface Step {
  readonly node: unknown;
  readonly offset: number;
}

/** An alias is not followed: what it stands for is elsewhere. */
function stepInto(node: unknown, segment: string | number): Step | undefined {
  if (isSeq(node) && typeof segment === 'number') return stepAt(node.items[segment], node.items[segment]);
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => keyText(key) === String(segment));
  return stepAt(pair?.value, pair?.key);
}

function stepAt(node: unknown, begin: unknown): Step | undefined {
  const offset = startOf(begin);
  return offset === undefined ? undefined : { node, offset };
}

/** A key as it becomes a field's name; undefined for one that is not a single word or number. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  const { value } = key;
  if (value === null) return '';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
