import type { MaintenanceRequest, MaintenanceView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import {
  closeToUsers,
  digestOfPass,
  openToUsers,
  type Maintained,
  type Maintenance,
} from '../engine/maintenance.ts';

/** What a user's order makes of a record's status. Throws Failure `conflict` where there are no users. */
export function maintained(
  { rollout, status }: RolloutRecord,
  request: MaintenanceRequest,
  now: number,
): Maintained {
  if (!request.on) return openToUsers(status, now);
  if (rollout.traffic === undefined) {
    throw new Failure('conflict', `${rollout.name} has no users to be sent away`, {
      hint: 'it has no traffic: stop it with `coalmine scale`, or delete it',
    });
  }
  const { on: _, allow, ...settings } = request;
  return closeToUsers(status, { since: now, ...settings, ...passOf(allow) });
}

function passOf(
  allow: { readonly header: string; readonly value: string } | undefined,
): Pick<Maintenance, 'allow'> {
  if (allow === undefined) return {};
  return { allow: { header: allow.header.toLowerCase(), digest: digestOfPass(allow.value) } };
}

/** How a Rollout is closed, without what lets requests in. */
export function maintenanceView(maintenance: Maintenance): MaintenanceView {
  const { page, allow, ...shown } = maintenance;
  return {
    ...shown,
    hasPage: page !== undefined,
    ...(allow === undefined ? {} : { allowHeader: allow.header }),
  };
}
