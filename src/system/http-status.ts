/** True for a status that says that a request was taken. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** True for a status after which the same request may be taken later: the server's own trouble, or none of the request's fault. */
export function isWorthRepeating(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}
