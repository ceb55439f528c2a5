/** A Rollout's place among those that are released as one. */
export interface GroupSettings {
  readonly name: string;
  /** It begins once all members of a lower order are promoted. */
  readonly order: number;
  /** It begins only while fewer members of its order are being released; absent: they all are at once. */
  readonly concurrency?: number;
  /** What becomes of it when another member fails. */
  readonly onFailure: 'undo' | 'keep';
}
