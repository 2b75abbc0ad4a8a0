import { isBlocked } from '../../core/change.js';
import type { Ran } from '../../core/module.js';
import { Unknown, type Vars } from '../../core/value.js';
import { DAEMON, planService, type ServiceWish } from './plan.js';
import type { UnitState } from './unit.js';

/** Ansible's return values of `service` and `systemd_service`. `status` is as it was seen, before anything was done. */
export function serviceResult(wish: ServiceWish, seen: UnitState, ran: Ran): Vars {
  const plan = planService(wish, seen);
  const isQuiet = !isBlocked(plan) && plan.every(({ what }) => DAEMON.test(what));
  const failed = ran.kind === 'done' ? ran.outputs.find(({ status }) => status !== 0) : undefined;
  const state = { started: 'started', restarted: 'started', reloaded: 'started', stopped: 'stopped' } as const;
  return {
    ...(wish.name === undefined ? {} : { name: wish.name }),
    ...(isQuiet ? { changed: false } : {}),
    ...(wish.state === undefined ? {} : { state: state[wish.state] }),
    ...(wish.enabled === undefined ? {} : { enabled: wish.enabled }),
    status:
      seen.init === 'systemd' && wish.name !== undefined
        ? Object.fromEntries(seen.properties)
        : isBlocked(plan)
          ? new Unknown([])
          : {},
    ...(seen.init === 'offline' && wish.state !== undefined
      ? { warnings: ['systemd does not run here (a chroot or image): nothing was started or stopped'] }
      : {}),
    ...(failed && wish.name !== undefined
      ? { msg: `Unable to bring ${wish.name} into the state wished for: ${failed.stderr.trim()}` }
      : {}),
  };
}
