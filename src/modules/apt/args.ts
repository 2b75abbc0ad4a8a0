import * as z from 'zod';
import { bool, choice, int, str, strings } from '../../core/params.js';
import { orNone, renamed } from '../args.js';
import { wishOf } from './names.js';

/** Parameters of `apt`; `package` takes them too. */
export const aptFields = {
  name: strings().default([]).describe('Packages: `zeek`, `zeek=8.0*`, `zeek>=8.0`, `linux-headers-*`.'),
  state: choice('present', 'absent', 'latest', 'build-dep', 'fixed', 'installed', 'removed')
    .default('present')
    .describe('`latest` also upgrades; `build-dep` installs what building needs; `fixed` mends broken dependencies.'),
  deb: orNone(str()).describe('Path on the target, or address, of a package file to install.'),
  update_cache: bool().optional().describe('Fetch the package lists first, if they are older than `cache_valid_time`.'),
  cache_valid_time: int()
    .default(0)
    .describe('Seconds for which the lists are fresh; 0 is never. Implies `update_cache`.'),
  update_cache_retries: int().default(5).describe('How often to try to fetch the lists.'),
  update_cache_retry_max_delay: int().default(12).describe('Longest pause between those tries, in seconds.'),
  upgrade: choice('no', 'yes', 'safe', 'full', 'dist')
    .default('no')
    .describe('Upgrade all: `dist` and `full` may remove packages.'),
  default_release: orNone(str()).describe('Release to take packages from, such as `bookworm-backports`.'),
  install_recommends: bool().optional().describe('Install what packages recommend too; apt decides without it.'),
  only_upgrade: bool().default(false).describe('Install nothing that is not there yet.'),
  purge: bool().default(false).describe('Remove the configuration too.'),
  autoremove: bool().default(false).describe('Remove what nothing needs any more.'),
  autoclean: bool().default(false).describe('Remove package files that can no longer be fetched.'),
  clean: bool().default(false).describe('Remove all fetched package files.'),
  force: bool().default(false).describe('Allow downgrades, unsigned packages, held packages, removing essential ones.'),
  allow_unauthenticated: bool().default(false).describe('Install packages that are not signed.'),
  allow_downgrade: bool().default(false).describe('Install an older version than is there.'),
  allow_change_held_packages: bool().default(false).describe('Change packages that are on hold.'),
  fail_on_autoremove: bool().default(false).describe('Fail rather than remove anything.'),
  dpkg_options: str().default('force-confdef,force-confold').describe('Options of dpkg, by commas.'),
  lock_timeout: int().default(60).describe('Seconds to wait for another package manager to finish.'),
  policy_rc_d: int()
    .optional()
    .describe('Exit status of policy-rc.d meanwhile; 101 keeps services from being started.'),
  force_apt_get: bool().optional().describe('Does nothing: apt-get is what is used.'),
  auto_install_module_deps: bool().optional().describe('Does nothing: nothing is needed on the target.'),
};
const plainFields = z.strictObject(aptFields);
export type AptArgs = z.infer<typeof plainFields>;

/** What one parameter alone cannot tell. */
export const checkApt = (
  given: AptArgs,
  { addIssue }: { addIssue(issue: { code: 'custom'; message: string; path?: string[] }): void },
): void => {
  for (const name of given.name)
    if (!wishOf(name)) addIssue({ code: 'custom', path: ['name'], message: `\`${name}\` is no package name` });
  for (const word of given.dpkg_options.split(','))
    if (!/^\s*[\w-]*\s*$/.test(word))
      addIssue({ code: 'custom', path: ['dpkg_options'], message: `\`${word}\` is no option` });
  const { deb, name, upgrade, default_release } = given;
  if ([deb !== undefined, name.length > 0, upgrade !== 'no'].filter(Boolean).length > 1)
    addIssue({ code: 'custom', message: 'only one of `name`, `deb` and `upgrade` can be given' });
  if (default_release !== undefined && !/^[\w.+~=,/*-]+$/.test(default_release))
    addIssue({ code: 'custom', path: ['default_release'], message: 'is no release' });
};

export const aptAliases = {
  pkg: 'name',
  package: 'name',
  'update-cache': 'update_cache',
  'default-release': 'default_release',
  'install-recommends': 'install_recommends',
  'allow-unauthenticated': 'allow_unauthenticated',
  'allow-downgrade': 'allow_downgrade',
  allow_downgrades: 'allow_downgrade',
  'allow-downgrades': 'allow_downgrade',
};

export const aptShape = plainFields.superRefine(checkApt);
export const aptArgs = renamed(aptAliases, aptShape);
