/** The items of several sources as they come, until all have ended. The first failure ends it. */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const waiting = new Map(iterators.map((iterator) => [iterator, next(iterator)]));
  try {
    while (waiting.size > 0) {
      const { iterator, result } = await Promise.race(waiting.values());
      if (result.done === true) {
        waiting.delete(iterator);
        continue;
      }
      waiting.set(iterator, next(iterator));
      yield result.value;
    }
  } finally {
    for (const iterator of waiting.keys()) await iterator.return?.();
  }
}

interface Arrived<T> {
  readonly iterator: AsyncIterator<T>;
  readonly result: IteratorResult<T>;
}

function next<T>(iterator: AsyncIterator<T>): Promise<Arrived<T>> {
  return iterator.next().then((result) => ({ iterator, result }));
}
