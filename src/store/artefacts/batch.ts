const AT_ONCE = 16;

/** Does the same to many things, a few at a time; the first failure ends it, when what is under way is done. */
export async function inBatches<T>(things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let thing = things[next++]; thing !== undefined && !failed; thing = things[next++]) {
      await work(thing).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
