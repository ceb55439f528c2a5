import { detectionTable, falseAlarmTable, harmTable, ratioTable, SHOWN } from './tables.ts';
import { costTable, proofTable, promotionTable, rampTable, targetTable } from './more-tables.ts';
import type { Measurements } from './targets.ts';

/** What is printed: the tables of the page, one after the other. */
export function consoleText(measured: Measurements): string {
  const { detection } = measured;
  const forms = [...SHOWN, 'coalmine-guide'].filter((name) =>
    detection.forms.some((form) => form.name === name),
  );
  const has = (isGood: boolean): boolean => detection.scenarios.some((one) => one.isGood === isGood);
  const sections: readonly (readonly [string, string])[] = [
    ...(has(true) ? [['Good releases that were stopped', falseAlarmTable(detection, forms)] as const] : []),
    ...(has(false)
      ? ([
          ['Seconds to the decision, median / p90 (share found)', detectionTable(detection, forms)],
          ['Requests harmed, mean', harmTable(detection, forms)],
          ['Harm beside coalmine', ratioTable(detection)],
        ] as const)
      : []),
    ...(measured.ramps.length > 0
      ? ([
          ['Requests harmed under each tool’s own ramp, 200 requests/s', rampTable(measured.ramps)],
          ['Time to the promotion of a good release', promotionTable(measured.ramps)],
        ] as const)
      : []),
    ['Seconds to proof', proofTable(measured.proofs)],
    ['Cost', costTable(measured.costs)],
    ['Targets', targetTable(measured)],
  ];
  return sections.map(([title, text]) => `${title}\n\n${text}\n`).join('\n');
}
