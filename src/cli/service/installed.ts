import { Failure } from '../../base/failure.ts';
import type { Session } from '../session.ts';
import { unitDirectory, type ServiceOptions } from './setting.ts';
import { activity } from './systemd.ts';
import { filesOf, problemOf, refuseForeign, remove } from './unit-directory.ts';
import { UNIT_NAMES } from './units.ts';

const NAMES = Object.values(UNIT_NAMES);
const STOPPED: readonly (string | undefined)[] = [undefined, 'inactive', 'failed'];

/** Removes the units; answers the exit status. What runs has to be stopped first. */
export async function uninstall(session: Session, options: UninstallOptions): Promise<number> {
  const { dryRun = false } = options;
  const { dataDir } = session;
  const files = await filesOf(unitDirectory(session, options), NAMES);
  refuseForeign(files, dataDir);
  const there = files.filter(({ found }) => found !== undefined);
  if (!dryRun) {
    await refuseActive(session, options);
    await remove(there);
  }
  const removed = there.map(({ path }) => path);
  await session.print({ dryRun, removed }, () =>
    removed.length === 0
      ? ['no unit of coalmine is installed here']
      : removed.map((path) => `${path} ${dryRun ? 'would be' : 'is'} removed`),
  );
  return 0;
}

/** Options of `service uninstall`. */
export interface UninstallOptions extends ServiceOptions {
  readonly dryRun?: boolean;
}

/** Shows the units; answers the exit status. */
export async function showStatus(session: Session, options: ServiceOptions): Promise<number> {
  const { dataDir } = session;
  const files = await filesOf(unitDirectory(session, options), NAMES);
  const states = await Promise.all(
    files.map(async (file) => {
      const state = await activity(file.name, session.io, options.user === true);
      const problem = problemOf(file, dataDir);
      const standing = file.found === undefined ? 'not installed' : (problem?.reason ?? 'installed');
      return {
        unit: file.name,
        path: file.path,
        file: standing,
        ...(state === undefined ? {} : { state }),
      };
    }),
  );
  await session.print(states, () =>
    states.map(
      ({ unit, file, state }) => `${unit.padEnd(26)} ${file}, ${state ?? 'systemd cannot be asked'}`,
    ),
  );
  return 0;
}

/** The units of who runs would be gone while it runs. Units written elsewhere run nowhere. */
async function refuseActive({ io }: Session, { user = false, unitDir }: ServiceOptions): Promise<void> {
  if (unitDir !== undefined) return;
  const states = await Promise.all(NAMES.map((name) => activity(name, io, user)));
  const active = NAMES.filter((_, index) => !STOPPED.includes(states[index]));
  if (active.length === 0) return;
  const systemctl = user ? 'systemctl --user' : 'systemctl';
  throw new Failure('conflict', `${active.join(', ')} still run`, {
    hint: `"coalmine down" ends the workloads too; then ${systemctl} disable --now ${NAMES.join(' ')}`,
  });
}
