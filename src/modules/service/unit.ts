import { lacking, type Output, type Probe, probe } from '../../core/probe.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';

/**
 * Who keeps services: systemd as process 1; systemd's files alone, in an image or chroot; or init scripts.
 * `unreachable`: systemd runs, but not for this account.
 */
export type Init = 'systemd' | 'unreachable' | 'offline' | 'sysv' | 'none';

export interface UnitState {
  readonly init: Init;
  /** Properties of systemctl show, those that stay as long as the unit does. */
  readonly properties: ReadonlyMap<string, string>;
  /** Whether it starts at boot; undefined where that cannot be said. */
  readonly enabled: boolean | undefined;
  /** Of an init script: whether it says that it runs. */
  readonly running: boolean;
  /** Unit files were changed since systemd read them. */
  readonly reload: 'needed' | 'needless';
  /** There is a file for the unit that systemd does not know. */
  readonly isUnread: boolean;
  /** What an unreachable systemd said. */
  readonly why: string;
}

/** Where unit files lie (systemd.unit(5)): before version 246 systemd did not see a new one before it was told to reload. */
const FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** Those that hold still. Process numbers, times and memory would never be the same twice. */
const PROPERTIES = [
  'Id',
  'Names',
  'Description',
  'Type',
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'UnitFilePreset',
  'FragmentPath',
  'DropInPaths',
  'NeedDaemonReload',
  'CanStart',
  'CanStop',
  'CanReload',
  'Restart',
  'User',
  'Group',
  'WorkingDirectory',
];

export type Scope = 'system' | 'user' | 'global';
export const scoped = (scope: Scope): readonly string[] => (scope === 'system' ? [] : [`--${scope}`]);

/** `ssh` is `ssh.service`, as for systemctl; the last part of the name of an init script. */
const plainName = (name: string): string => name.replace(/\.service$/, '');

export interface Question {
  readonly scope: Scope;
  /** Whether the task asks for a reload, if one is needed. */
  readonly reloads: boolean;
}

/** Looks at one unit. One fork where systemd runs. */
export function unitProbe(name: string, { scope, reloads }: Question): Probe<UnitState> {
  const ctl = sh`systemctl ${scoped(scope)}`;
  const file = name.includes('.') ? name : `${name}.service`;
  const script = sh`if command -v systemctl >/dev/null; then
  if [ ! -d /run/systemd/system ]; then
    rm_said=$(${ctl} is-enabled -- ${name} 2>/dev/null; echo "#$?"); case $rm_said in '#'[1-9]*|*'
#'*) ;; *) ${lacking('systemctl')} ;; esac
    rm_said=\${rm_said%#*}; printf 'init offline\nfile %s\n' "\${rm_said%?}"
  elif rm_show=$(${ctl} show -p ${PROPERTIES.join(',')} -- ${name} 2>&1 && echo .); then
    case $rm_show in *LoadState=*'
.') rm_show=\${rm_show%??} ;; *) ${lacking('systemctl')} ;; esac
    printf 'init systemd\n%s\n' "$rm_show"
    case $rm_show in
    *UnitFileState=generated*) ${scriptLinks(name)} ;;
    *LoadState=not-found*) for rm_folder in ${FOLDERS}; do [ ! -e "$rm_folder"/${file} ] || { echo unread; break; }; done ;;
    esac
    ${reloads ? unreadLook(scope) : nothing}
  else printf 'init unreachable\nwhy %s\n' "$rm_show"; fi
elif [ -x ${`/etc/init.d/${plainName(name)}`} ]; then
  echo init sysv; ${scriptLinks(name)}
  ${`/etc/init.d/${plainName(name)}`} status >/dev/null 2>&1 && echo running
else echo init none; fi
:`;
  return probe(script, parse);
}

/** Start links of an init script in the run levels of a normal boot (update-rc.d(8)). */
const scriptLinks = (name: string): Sh =>
  sh`for rm_link in /etc/rc[2345].d/S??${plainName(name)} /etc/runlevels/default/${plainName(name)}; do [ ! -L "$rm_link" ] || { echo linked; break; }; done`;

/** States that systemctl is-enabled takes for enabled (systemctl(1)); of generated units the links say it. */
const ENABLED = /^(?:enabled|enabled-runtime|static|alias|indirect)$/;

function parse({ stdout }: Output): UnitState {
  const lines = stdout.split('\n');
  const after = (word: string) => lines.find(line => line.startsWith(`${word} `))?.slice(word.length + 1);
  const properties = new Map(
    lines.flatMap(line => {
      const cut = line.indexOf('=');
      return cut > 0 ? [[line.slice(0, cut), line.slice(cut + 1)] as const] : [];
    }),
  );
  const init = (after('init') ?? 'none') as Init;
  const file = properties.get('UnitFileState') ?? after('file') ?? '';
  const linked = lines.includes('linked');
  return {
    init,
    properties,
    enabled:
      init === 'sysv' || file === 'generated'
        ? linked
        : init === 'offline' && file === ''
          ? undefined
          : ENABLED.test(file),
    running:
      lines.includes('running') ||
      /^(?:active|activating|reloading|refreshing)$/.test(properties.get('ActiveState') ?? ''),
    reload:
      properties.get('NeedDaemonReload') === 'yes' || lines.includes('stale') || lines.includes('unread')
        ? 'needed'
        : 'needless',
    isUnread: lines.includes('unread'),
    why: after('why') ?? '',
  };
}

/**
 * Prints `stale` if anything that systemd reads was changed since it last did. NeedDaemonReload alone misses the first
 * drop-in of a unit, since systemd looks for it in what it knows of its folders. By change time, which no one can set
 * back. Where the time of the last reload is not to be had, or `find` knows no such test (busybox): `stale`.
 */
const unreadLook = (
  scope: Scope,
): Sh => sh`rm_since=$(systemctl ${scoped(scope)} show -p UnitsLoadTimestamp -p UnitsLoadStartTimestamp --timestamp=us+utc 2>/dev/null)
rm_last=
for rm_one in UnitsLoadStartTimestamp UnitsLoadTimestamp; do
  case $rm_since in *"$rm_one"=?*) rm_is=\${rm_since##*"$rm_one"=}; rm_is=\${rm_is%%
*}; [ -z "$rm_is" ] || rm_last=$rm_is ;; esac
done
set --
for rm_one in ${[...FOLDERS, '/etc/systemd', '/etc/init.d', '/etc/fstab', '/etc/crypttab']}; do [ ! -e "$rm_one" ] || set -- "$@" "$rm_one"; done
if [ ${scope} = system ] && [ -n "$rm_last" ] && rm_newer=$(find "$@" -newerct "$rm_last" -print -quit 2>/dev/null) && [ -z "$rm_newer" ]; then :
else echo stale; fi`;

/** For a task that names no unit: only whether a reload is needed. */
export function reloadProbe(scope: Scope): Probe<UnitState> {
  const script = sh`if ! command -v systemctl >/dev/null; then echo init none
elif [ ! -d /run/systemd/system ]; then echo init offline
else
  echo init systemd
  ${unreadLook(scope)}
fi`;
  return probe(join([script, nothing], '\n'), parse);
}
