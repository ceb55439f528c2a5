/** The background process said itself, in its log, what was wrong; its exit status is passed on. */
export class StartFailed extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'StartFailed';
    this.status = status;
  }
}
