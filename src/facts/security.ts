import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, number, one, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/** SELinux and AppArmor, as the kernel's files tell. No fork. */
export const security: Fact = {
  name: 'security',
  summary: 'SELinux and AppArmor.',
  provides: ['selinux', 'apparmor'],
  probe: () => securityProbe(),
};

/** `root` is put before every path read, for tests. */
export const securityProbe = (root = '') =>
  probe(
    sh`${TAGGED}
s=${root}/sys/fs/selinux
if [ -e "$s/enforce" ]; then say selinux on; first enforce "$s/enforce"; first policy "$s/policyvers"; fi
lines config ${root}/etc/selinux/config
[ -e ${root}/sys/kernel/security/apparmor ] && say apparmor on
:`,
    ({ stdout }) => {
      const answers = tagged(stdout);
      return { selinux: selinux(answers), apparmor: { status: answers.has('apparmor') ? 'enabled' : 'disabled' } };
    },
  );

function selinux(answers: Tagged): Vars {
  if (!answers.has('selinux')) return { status: 'disabled' };
  const setting = (name: string) =>
    all(answers, 'config')
      .map(line => line.split('='))
      .find(([key]) => key?.trim() === name)?.[1]
      ?.trim() ?? 'unknown';
  return {
    status: 'enabled',
    policyvers: number(answers, 'policy') ?? 'unknown',
    config_mode: setting('SELINUX'),
    mode: { 0: 'permissive', 1: 'enforcing' }[one(answers, 'enforce') ?? ''] ?? 'unknown',
    type: setting('SELINUXTYPE'),
  };
}

/** What `capsh --print` says of our own capabilities; apart, because it is a program. */
export const capabilities: Fact = {
  name: 'capabilities',
  summary: 'Capabilities of the login.',
  provides: ['system_capabilities', 'system_capabilities_enforced'],
  probe: () =>
    probe(sh`${TAGGED}have capsh && capsh --print 2>/dev/null | grep '^Current:' | piped caps; :`, ({ stdout }) => {
      const line = one(tagged(stdout), 'caps');
      if (line === undefined) return { system_capabilities: 'N/A', system_capabilities_enforced: 'N/A' };
      const current = line.slice('Current:'.length).trim();
      if (current === '=ep') return { system_capabilities: [], system_capabilities_enforced: 'False' };
      const names = line.slice(line.indexOf('=') + 1).split(',');
      return { system_capabilities: names.map(name => name.trim()), system_capabilities_enforced: 'True' };
    }),
};
