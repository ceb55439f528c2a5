import type { ASTNode } from '@marcbachmann/cel-js';
import { FUNCTIONS, LOOKS, type ResultForm } from './language.ts';

/** What is wrong with a condition, where it is (characters from the start), and what to do. */
export interface ConditionProblem {
  readonly problem: string;
  readonly hint: string;
  readonly position: number;
}

/** What a condition is made of. */
export interface Structure {
  readonly problems: readonly ConditionProblem[];
  readonly result: ResultForm;
}

type Operands = readonly ASTNode[];

/** One place in a condition, and what may stand there. */
interface Place {
  readonly node: ASTNode;
  /** A list may stand here: it is counted, indexed or looked through, so that none can grow. */
  readonly isForList: boolean;
  /** Within something that looks at each of a list. */
  readonly isInLook: boolean;
}

const OPERATORS: ReadonlySet<string> = new Set([
  ...['value', 'id', 'call', 'rcall', 'list', '[]', '?:', '||', '&&', '!_', '-_'],
  ...['!=', '==', 'in', '+', '-', '*', '/', '%', '<', '<=', '>', '>='],
]);

/** Looks through a parsed condition for what conditions may not do, and for how it uses `result`. */
export function structureOf(root: ASTNode): Structure {
  const problems: ConditionProblem[] = [];
  const forms: ResultForm[] = [];
  const waiting: Place[] = [{ node: root, isForList: false, isInLook: false }];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const problem = problemAt(place);
    if (problem !== undefined) problems.push({ ...problem, position: place.node.pos });
    const { node, isForList } = place;
    if (node.op === 'id' && node.args === 'result') forms.push(isForList ? 'list' : 'number');
    if (problem === undefined) waiting.push(...placesIn(place));
  }
  const [result = 'number'] = forms;
  if (forms.some((form) => form !== result)) {
    const hint = 'use candidate for the number';
    problems.push({ problem: 'result is used as a number and as a list', hint, position: root.pos });
  }
  return { problems, result };
}

function problemAt(place: Place): Omit<ConditionProblem, 'position'> | undefined {
  const { node, isForList, isInLook } = place;
  if (isList(node) && !isForList) {
    return {
      problem: 'a list is no number',
      hint: 'count it, index it, or look at each: units.all(x, x < 5)',
    };
  }
  if (isLook(node) && isInLook) {
    return {
      problem: `${node.args[0]} stands within another look`,
      hint: 'look at each of a list only once',
    };
  }
  return unknownAt(node);
}

function unknownAt(node: ASTNode): Omit<ConditionProblem, 'position'> | undefined {
  if (!OPERATORS.has(node.op)) {
    return {
      problem: `${node.op === 'map' ? '{…}' : node.op} is not known`,
      hint: 'compare numbers, lists have size',
    };
  }
  const known: readonly string[] = node.op === 'call' ? FUNCTIONS : ['size', ...LOOKS];
  if ((node.op !== 'call' && node.op !== 'rcall') || known.includes(node.args[0])) return undefined;
  const form = node.op === 'call' ? 'functions' : 'a list has';
  return { problem: `${node.args[0]} is not known`, hint: `${form}: ${known.join(', ')}` };
}

function isLook(node: ASTNode): node is Extract<ASTNode, { op: 'rcall' }> {
  return node.op === 'rcall' && (LOOKS as readonly string[]).includes(node.args[0]);
}

/** `result` may be either: it follows from where it stands. */
function isList(node: ASTNode): boolean {
  if (node.op === 'id') return node.args === 'units';
  return node.op === 'list' || (node.op === 'rcall' && node.args[0] === 'filter');
}

function placesIn({ node, isInLook }: Place): readonly Place[] {
  const plain = (nodes: Operands, isDeeper = isInLook): readonly Place[] =>
    nodes.map((one) => ({ node: one, isForList: false, isInLook: isDeeper }));
  const listed = (one: ASTNode): Place => ({ node: one, isForList: true, isInLook });
  if (node.op === 'value' || node.op === 'id') return [];
  if (node.op === 'rcall') {
    const [, receiver, operands] = node.args;
    return [listed(receiver), ...plain(operands, isInLook || isLook(node))];
  }
  if (node.op === 'call') {
    const [name, operands] = node.args;
    return ['size', 'len'].includes(name) ? operands.map(listed) : plain(operands);
  }
  if (node.op === '[]') return [listed(node.args[0]), ...plain([node.args[1]])];
  if (node.op === 'in') return [...plain([node.args[0]]), listed(node.args[1])];
  return plain(operandsOf(node.args));
}

/** The operands of an operator are one node or a list of them. */
function operandsOf(args: unknown): Operands {
  return (Array.isArray(args) ? args : [args]) as Operands;
}
