/** The answer for one of the items that were asked for, as soon as it is known. */
export type AnswerFor<Item, Answer> = (item: Item) => Promise<Answer>;

/** How to ask for several items with one question, and for one by itself. */
export interface Asking<Item, Answer> {
  /** Undefined when the question failed, perhaps because of one item only. */
  together(items: readonly Item[]): Promise<((item: Item) => Answer) | undefined>;
  alone(item: Item): Promise<Answer>;
}

/**
 * Asks for all of `items` with one question. When that fails, each half is asked again, and so on until only what is
 * wrong fails. The answers of good halves do not wait for the others.
 */
export function splitting<Item, Answer>(
  items: readonly Item[],
  asking: Asking<Item, Answer>,
): AnswerFor<Item, Answer> {
  const [first] = items;
  if (first !== undefined && items.length === 1) {
    const answer = asking.alone(first);
    return () => answer;
  }
  const middle = Math.ceil(items.length / 2);
  const later = asking.together(items).then((answers): AnswerFor<Item, Answer> => {
    if (answers !== undefined) return (item) => Promise.resolve(answers(item));
    const left = splitting(items.slice(0, middle), asking);
    const right = splitting(items.slice(middle), asking);
    return (item) => (items.indexOf(item) < middle ? left(item) : right(item));
  });
  return afterwards(later);
}

/** Asks for `items` in chunks, each with one question. */
export function inChunks<Item, Answer>(
  chunks: readonly (readonly Item[])[],
  asking: Asking<Item, Answer>,
): AnswerFor<Item, Answer> {
  const answers = new Map<Item, AnswerFor<Item, Answer>>();
  for (const chunk of chunks) {
    const answerFor = splitting(chunk, asking);
    for (const item of chunk) answers.set(item, answerFor);
  }
  return (item) => answers.get(item)?.(item) ?? asking.alone(item);
}

/** Answers that can be asked for before it is known where they come from. */
export function afterwards<Item, Answer>(later: Promise<AnswerFor<Item, Answer>>): AnswerFor<Item, Answer> {
  return async (item) => (await later)(item);
}
