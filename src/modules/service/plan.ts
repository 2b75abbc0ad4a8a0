import { blocked, type Change, isBlocked, type Plan } from '../../core/change.js';
import { type Sh, sh } from '../../core/sh.js';
import { type Scope, scoped, type UnitState } from './unit.js';

/** What `service` and `systemd_service` can wish for. */
export interface ServiceWish {
  /** Undefined: only the daemon itself. */
  readonly name: string | undefined;
  readonly state: 'started' | 'stopped' | 'restarted' | 'reloaded' | undefined;
  readonly enabled: boolean | undefined;
  readonly masked: boolean | undefined;
  readonly daemonReload: boolean;
  readonly daemonReexec: boolean;
  readonly force: boolean;
  readonly noBlock: boolean;
  readonly scope: Scope;
  /** Seconds between stop and start of an init script. */
  readonly sleep: number | undefined;
  readonly arguments: string;
}

/** Acts of the daemon itself, which change no unit and are never reported as changes. */
export const DAEMON = /^daemon-re(?:load|exec)$/;

export function planService(wish: ServiceWish, seen: UnitState): Plan {
  if (seen.init === 'none')
    return wish.name === undefined
      ? blocked('systemd is not there: nothing to reload')
      : blocked(`no service ${wish.name}: there is neither systemd nor an init script of that name`, foreseen(wish));
  if (seen.init === 'unreachable') return blocked(`systemd cannot be reached: ${seen.why}`);
  const changes = seen.init === 'sysv' ? scriptChanges(wish, seen) : unitChanges(wish, seen);
  if (isBlocked(changes)) return changes;
  return [...daemonChanges(wish, seen), ...changes];
}

function daemonChanges(wish: ServiceWish, seen: UnitState): readonly Change[] {
  if (seen.init !== 'systemd') return [];
  const daemon = (verb: string): Change => ({
    what: verb,
    before: null,
    after: null,
    apply: sh`systemctl ${scoped(wish.scope)} ${verb}`,
  });
  const reloads = wish.daemonReload && seen.reload === 'needed';
  return [...(wish.daemonReexec ? [daemon('daemon-reexec')] : []), ...(reloads ? [daemon('daemon-reload')] : [])];
}

/** Shows why a unit did not come up: the last lines of its own log. */
const explained = (ctl: Sh, verb: string, { name = '', scope }: ServiceWish): Sh =>
  sh`${ctl} ${verb} -- ${name} || { rm_status=$?; systemctl ${scoped(scope)} status --no-pager --full --lines=10 -- ${name} >&2; exit "$rm_status"; }`;

function unitChanges(wish: ServiceWish, seen: UnitState): Plan {
  const { name, masked, enabled, state, scope, noBlock, force } = wish;
  if (name === undefined) return [];
  const { properties } = seen;
  const load = properties.get('LoadState') ?? '';
  const isMasked = load === 'masked' || properties.get('UnitFileState')?.startsWith('masked') === true;
  const isKnown =
    seen.init === 'offline' ? seen.enabled !== undefined : load !== 'not-found' || (wish.daemonReload && seen.isUnread);
  const ctl = sh`systemctl ${scoped(scope)} ${noBlock ? ['--no-block'] : []} ${force ? ['--force'] : []}`;
  const changes: Change[] = [];
  if (masked !== undefined && masked !== isMasked)
    changes.push({
      what: `mask of ${name}`,
      before: isMasked ? 'masked' : 'unmasked',
      after: masked ? 'masked' : 'unmasked',
      apply: sh`${ctl} ${masked ? 'mask' : 'unmask'} -- ${name}`,
    });
  if (!isKnown && !isMasked && (state !== undefined || enabled !== undefined)) return unknownUnit(wish, seen);
  if (load === 'error' || load === 'bad-setting')
    return blocked(`the unit file of ${name} cannot be read (${load}): see systemd-analyze verify ${name}`);
  if (isMasked && masked !== false && (state === 'started' || state === 'restarted' || enabled === true))
    return blocked(`unit ${name} is masked (set masked: false)`, changes);
  const real = properties.get('Id') || name;
  // What is enabled only by another unit, or made by a generator, cannot be disabled: there is nothing to undo.
  const isFixed = /^(?:static|indirect|alias|transient)$/.test(properties.get('UnitFileState') ?? '');
  if (enabled !== undefined && enabled !== seen.enabled && !(isFixed && !enabled))
    changes.push({
      what: `${name} at boot`,
      before: seen.enabled ? 'enabled' : 'disabled',
      after: enabled ? 'enabled' : 'disabled',
      apply: sh`${ctl} ${enabled ? 'enable' : 'disable'} -- ${real}`,
    });
  changes.push(...running(wish, seen, verb => explained(ctl, verb, wish)));
  return changes;
}

/** In a root where no systemd runs, nothing can be started: that is left to the boot, as in Ansible. */
function running({ name, state }: ServiceWish, seen: UnitState, act: (verb: string) => Sh): readonly Change[] {
  if (state === undefined || seen.init === 'offline') return [];
  const before = seen.properties.get('ActiveState') ?? (seen.running ? 'running' : 'stopped');
  const isDown = !seen.running && !/^deactivating$/.test(before);
  const done = (verb: string, after: string): readonly Change[] => [
    { what: `${name}`, before, after, apply: act(verb) },
  ];
  switch (state) {
    case 'started':
      return seen.running ? [] : done('start', 'started');
    case 'stopped':
      return isDown ? [] : done('stop', 'stopped');
    case 'restarted':
      return done(seen.running ? 'restart' : 'start', 'restarted');
    case 'reloaded':
      return done(seen.running ? 'reload' : 'start', 'reloaded');
  }
}

/**
 * Of a unit that is not there nobody can say whether it will be up once its package is in: Debian starts what it
 * installs. What is restarted or reloaded is a change then, too. One that shall be down is down.
 */
function unknownUnit(wish: ServiceWish, seen: UnitState): Plan {
  const hint = seen.isUnread ? ' that systemd has read: set daemon_reload' : '';
  return blocked(`no unit ${wish.name}${hint}`, foreseen(wish));
}

const foreseen = ({ name, state, scope }: ServiceWish): readonly Change[] | undefined =>
  state === 'restarted' || state === 'reloaded'
    ? [
        {
          what: `${name}`,
          before: 'absent',
          after: state,
          apply: sh`systemctl ${scoped(scope)} ${state === 'restarted' ? 'restart' : 'reload'} -- ${name ?? ''}`,
        },
      ]
    : undefined;

/** Init scripts, as far as they agree with each other: start, stop, restart, and the links of update-rc.d or rc-update. */
function scriptChanges(wish: ServiceWish, seen: UnitState): readonly Change[] {
  const name = (wish.name ?? '').replace(/\.service$/, '');
  const script = sh`${`/etc/init.d/${name}`}`;
  const more = wish.arguments.split(/\s+/).filter(Boolean);
  const act = (verb: string): Sh =>
    verb === 'restart' && wish.sleep !== undefined
      ? sh`${script} stop ${more}; sleep ${wish.sleep}; ${script} start ${more}`
      : sh`${script} ${verb} ${more}`;
  const { enabled } = wish;
  const links: Change[] =
    enabled === undefined || enabled === seen.enabled
      ? []
      : [
          {
            what: `${name} at boot`,
            before: seen.enabled ? 'enabled' : 'disabled',
            after: enabled ? 'enabled' : 'disabled',
            apply: sh`if command -v rc-update >/dev/null; then rc-update ${enabled ? 'add' : 'del'} ${name} default
else update-rc.d ${name} defaults && update-rc.d ${name} ${enabled ? 'enable' : 'disable'}; fi`,
          },
        ];
  return [...links, ...running({ ...wish, name }, seen, act)];
}
