import { Failure } from '../base/failure.ts';

const KINDS = ['deployment', 'deployments', 'deployments.apps', 'deploy'];

/** The name in `deployment/shop`, `deployments/shop` or `deploy/shop`. Throws Failure `usage` for other kinds. */
export function deploymentIn(text: string): string {
  const [kind = '', name = '', ...more] = text.split('/');
  if (KINDS.includes(kind) && name !== '' && more.length === 0) return name;
  throw new Failure('usage', `${text} is not a Deployment`, { hint: 'write deployment/NAME' });
}
