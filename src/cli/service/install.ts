import { existsSync } from 'node:fs';
import { lineDiff } from '../output/line-diff.ts';
import type { Paint } from '../output/paint.ts';
import type { Session } from '../session.ts';
import { settingOf, unitDirectory, type InstallOptions } from './setting.ts';
import { requireSystemd } from './systemd.ts';
import { lookAt, place, refuseForeign, type PlacedUnit } from './unit-directory.ts';
import { unitText } from './unit-file.ts';
import { UNIT_NAMES, unitsOf, type ServiceSetting } from './units.ts';

/** Writes the units, or shows what that would change; answers the exit status. */
export async function install(session: Session, options: InstallOptions): Promise<number> {
  const { dryRun = false, print = false, unitDir } = options;
  const setting = await settingOf(session, options);
  const units = unitsOf(setting);
  if (print) {
    const texts = units.map((unit) => ({ name: unit.name, text: unitText(unit, setting.dataDir) }));
    await session.print(texts, () => texts.flatMap(({ name, text }) => [`# ${name}`, ...text.split('\n')]));
    return 0;
  }
  if (!dryRun && unitDir === undefined) requireSystemd();
  const placed = await lookAt(unitDirectory(session, options), units, setting.dataDir);
  refuseForeign(placed, setting.dataDir);
  if (!dryRun) await place(placed);
  const steps = dryRun ? [] : nextSteps(setting, placed);
  const changed = placed.map(({ path, found, text }) => ({ path, change: changeOf(found, text) }));
  await session.print({ dryRun, units: changed, nextSteps: steps }, () => [
    ...placed.flatMap((unit) => changeLines(unit, dryRun, session.paint)),
    ...(steps.length === 0 ? [] : ['', 'Now:', ...steps.map((step) => `  ${step}`)]),
  ]);
  return 0;
}

type Change = 'none' | 'new' | 'changed';

function changeOf(found: string | undefined, text: string): Change {
  if (found === undefined) return 'new';
  return found === text ? 'none' : 'changed';
}

function changeLines({ path, found, text }: PlacedUnit, dryRun: boolean, paint: Paint): string[] {
  if (found === text) return [`${path} is as it should be`];
  const head = `${path} ${dryRun ? 'would be ' : ''}${found === undefined ? 'written' : 'changed'}`;
  const marks = { '+': paint.green, '-': paint.red };
  const diff = lineDiff(found ?? '', text).flatMap(({ sign, text: line }) =>
    sign === ' ' ? [] : [marks[sign](`  ${sign} ${line}`)],
  );
  return found === undefined && !dryRun ? [head] : [head, ...diff];
}

/** A word that people may paste into a shell. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What is left to be done by whoever runs the machine. */
function nextSteps(setting: ServiceSetting, placed: readonly PlacedUnit[]): readonly string[] {
  const systemctl = setting.runAs === undefined ? 'systemctl --user' : 'systemctl';
  const names = Object.values(UNIT_NAMES);
  const enable = `${systemctl} enable --now ${names.join(' ')}`;
  if (placed.every(({ found, text }) => found === text)) return [enable];
  const reload = `${systemctl} daemon-reload`;
  if (placed.every(({ found }) => found !== undefined)) {
    return [reload, `${systemctl} restart ${names.toReversed().join(' ')}        # workloads go on`];
  }
  return [
    ...preparations(setting),
    reload,
    enable,
    ...(setting.runAs === undefined ? ['loginctl enable-linger        # to run without a login'] : []),
  ];
}

function preparations({ dataDir, runAs }: ServiceSetting): readonly string[] {
  const place = shellWord(dataDir);
  if (existsSync(dataDir)) return [`coalmine --data-dir ${place} down        # if it was started by hand`];
  return runAs === undefined ? [] : [`install -d -m 700 -o ${runAs} ${place}`];
}
