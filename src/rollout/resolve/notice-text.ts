import { closest } from '../../base/closest.ts';
import { NOTICE_PLACEHOLDERS } from '../model-notify.ts';
import { tell, type Place } from '../place.ts';
import { PLACEHOLDER } from '../query/placeholders.ts';

/** Tells of placeholders that are none. */
export function refuseUnknown(text: string, place: Place): void {
  for (const [, name = ''] of text.matchAll(PLACEHOLDER)) {
    if (NOTICE_PLACEHOLDERS.some((one) => one === name)) continue;
    const near = closest(name, NOTICE_PLACEHOLDERS);
    const names = NOTICE_PLACEHOLDERS.map((one) => `{{${one}}}`).join(' ');
    tell(
      place,
      `{{${name}}} is none of ${names}`,
      near === undefined ? 'use one of these' : `did you mean {{${near}}}?`,
    );
  }
}

/** Tells of what no browser could open, once it is filled in. */
export function refuseWrongLink(link: string, place: Place): void {
  refuseUnknown(link, place);
  const filled = link.replace(PLACEHOLDER, 'x');
  if (!URL.canParse(filled) || !/^https?:$/.test(new URL(filled).protocol))
    tell(place, 'is not an http or https URL', 'as in https://coalmine.example.com/#/rollouts/{{name}}');
}
