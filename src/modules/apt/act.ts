import type { Output } from '../../core/probe.js';
import { join, type Sh, sh } from '../../core/sh.js';
import { outliving } from '../command/outlive.js';

export interface Options {
  readonly dpkg_options: string;
  /** Seconds. */
  readonly lock_timeout: number;
  readonly policy_rc_d?: number | undefined;
  readonly install_recommends?: boolean | undefined;
  readonly default_release?: string | undefined;
  readonly force: boolean;
  readonly allow_unauthenticated: boolean;
  readonly allow_downgrade: boolean;
  readonly allow_change_held_packages: boolean;
  readonly fail_on_autoremove: boolean;
  readonly only_upgrade: boolean;
  readonly purge: boolean;
  readonly autoremove: boolean;
}

/** Options of apt-get(8) that every act on packages takes. */
function flags(options: Options): readonly string[] {
  const { force, dpkg_options: dpkg, install_recommends: recommends, default_release: release } = options;
  return [
    '-y',
    '-o',
    `DPkg::Lock::Timeout=${options.lock_timeout}`,
    ...dpkg
      .split(',')
      .filter(word => word.trim() !== '')
      .flatMap(word => ['-o', `Dpkg::Options::=--${word.trim()}`]),
    ...(recommends === undefined ? [] : ['-o', `APT::Install-Recommends=${recommends ? 'yes' : 'no'}`]),
    ...(release === undefined ? [] : ['-t', release]),
    ...(force ? ['--allow-remove-essential'] : []),
    ...(force || options.allow_unauthenticated ? ['--allow-unauthenticated'] : []),
    ...(force || options.allow_downgrade ? ['--allow-downgrades'] : []),
    ...(force || options.allow_change_held_packages ? ['--allow-change-held-packages'] : []),
    ...(options.fail_on_autoremove ? ['--no-remove'] : []),
    ...(options.only_upgrade ? ['--only-upgrade'] : []),
  ];
}

/** No package may ask, and a cut connection must not stop dpkg half-way. */
function unattended(command: Sh, policy: number | undefined): Sh {
  const quiet = sh`export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical APT_LISTCHANGES_FRONTEND=none`;
  return outliving(join([quiet, policy === undefined ? command : forbiddingStarts(command, policy)], '\n'));
}

/** invoke-rc.d(8) asks this file whether a package may start its service; one that is there already is put back. */
const forbiddingStarts = (command: Sh, status: number): Sh => sh`rm_policy=/usr/sbin/policy-rc.d
[ ! -e "$rm_policy" ] || mv "$rm_policy" "$rm_policy.ringmaster" || exit 1
printf '#!/bin/sh\nexit %s\n' ${status} >"$rm_policy" && chmod 755 "$rm_policy"
${command}
rm_did=$?
rm -f "$rm_policy"; [ ! -e "$rm_policy.ringmaster" ] || mv "$rm_policy.ringmaster" "$rm_policy"
exit "$rm_did"`;

/** Options that only some verbs take. */
const verbFlags = (verb: string, { purge, autoremove }: Options): readonly string[] => [
  ...(purge && (verb === 'remove' || verb === 'autoremove') ? ['--purge'] : []),
  ...(autoremove && (verb === 'remove' || verb.endsWith('upgrade')) ? ['--auto-remove'] : []),
];

/** `verb` is that of apt-get: `install`, `remove`, `upgrade`, … */
export const aptGet = (verb: string, names: readonly string[], options: Options): Sh =>
  unattended(sh`apt-get ${flags(options)} ${verbFlags(verb, options)} ${verb} ${names}`, options.policy_rc_d);

/** The same without doing it: read-only, and needs no lock. */
export const simulated = (verb: string, names: readonly string[], options: Options): Sh =>
  sh`apt-get -s ${flags(options)} ${verbFlags(verb, options)} ${verb} ${names}`;

/**
 * Fetches the lists. apt alone does not wait for their lock, nor take a list that could not be fetched for a failure.
 * `retries` and the longest pause in seconds are Ansible's `update_cache_retries`, `update_cache_retry_max_delay`.
 */
export const update = (options: Options, retries: number, longest: number): Sh =>
  unattended(
    sh`rm_try=0; rm_pause=1
until apt-get -o ${`DPkg::Lock::Timeout=${options.lock_timeout}`} -o APT::Update::Error-Mode=any update; do
  rm_try=$((rm_try + 1)); [ "$rm_try" -lt ${retries} ] || exit 100
  sleep "$rm_pause"; rm_pause=$((rm_pause * 2)); [ "$rm_pause" -le ${longest} ] || rm_pause=${longest}
done`,
    undefined,
  );

/** Fetches a package by whichever tool is there, then hands it to apt, which sees to what it depends on. */
export const installUrl = (url: string, options: Options): Sh => sh`rm_folder=$(mktemp -d) || exit 1
chmod 755 "$rm_folder"; rm_deb=$rm_folder/package.deb
if command -v curl >/dev/null; then curl -fsSL -o "$rm_deb" ${url}
elif command -v wget >/dev/null; then wget -q -O "$rm_deb" ${url}
else echo 'neither curl nor wget is there to fetch the package (apt-get install curl)' >&2; false
fi || { rm -rf "$rm_folder"; exit 1; }
( ${unattended(sh`apt-get ${flags(options)} install "$rm_deb"`, options.policy_rc_d)}
); rm_status=$?
rm -rf "$rm_folder"; exit "$rm_status"`;

/** The lines of apt's stderr that say why, or all of it. Who held a lock is said on stdout only, while apt waits. */
export function reason({ stdout, stderr }: Output): string {
  const lines = stderr.split('\n').filter(line => /^(?:E|dpkg|W):/.test(line));
  const errors = lines.filter(line => !line.startsWith('W:'));
  const said = (errors.length > 0 ? errors : lines).join('\n') || stderr.trim();
  const holder =
    /\block\b/.test(said) && !said.includes('held by process')
      ? /held by process [^.\n]*/.exec(stdout)?.[0]
      : undefined;
  return holder === undefined ? said : `${said} It is ${holder}`;
}

/** apt's closing count when it found nothing to do. */
export const didNothing = (stdout: string): boolean =>
  /^0 upgraded, 0 newly installed, (?:0 downgraded, )?0 to remove/m.test(stdout);
