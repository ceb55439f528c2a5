/** A bar that is full at 1; what it says stands beside it in words. */
export function Bar({ part, of }: { part: number; of: string }) {
  const width = `${Math.min(1, Math.max(0, part)) * 100}%`;
  return (
    <svg class="bar" data-of={of} aria-hidden="true">
      <rect class="bar-whole" width="100%" height="100%" />
      <rect class="bar-part" width={width} height="100%" />
    </svg>
  );
}
