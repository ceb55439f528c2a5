/** Does one work after another, in the order of the calls; a work that fails does not hold up the next. */
export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>;

/** A lock inside this process. Work must not wait for other work of the same lock. */
export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
