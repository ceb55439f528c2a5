/** Only answers to these are compared: such a request is sent once more to the old version too, and so must change nothing. */
export const COMPARED_METHODS: readonly string[] = ['GET', 'HEAD'];

/** What is compared of two answers to the same request. */
export interface AnswerComparison {
  readonly status: boolean;
  readonly headers: boolean;
  /** `ignore`: JSON pointers, in which `*` stands for any key or place. */
  readonly body?: { readonly ignore: readonly string[] };
}
