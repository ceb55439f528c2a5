import { Document, isScalar, isSeq, visit } from 'yaml';
import type { Noted } from './noted.ts';

/** Texts that other readers of YAML take for true or false. */
const AMBIGUOUS = /^(y|yes|n|no|on|off)$/i;

/** The text of a coalmine.yaml that declares these Rollouts. */
export function yamlOf(declared: readonly Noted[], heading: readonly string[]): string {
  const texts = declared.map(({ document, notes }) => `${comments(notes)}${textOf(document)}`);
  return `${comments(heading)}${texts.join('---\n')}`;
}

function textOf(document: Noted['document']): string {
  const tree = new Document(document);
  visit(tree, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && AMBIGUOUS.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
    Seq(_, node) {
      if (isSeq(node) && node.items.every((item) => isScalar(item))) node.flow = true;
    },
  });
  return tree.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function comments(notes: readonly string[]): string {
  return notes
    .map((note) => `# ${note.replaceAll(/\s+/g, (blanks) => (blanks.includes('\n') ? ' ' : blanks))}\n`)
    .join('');
}
