import { describe, expect, it } from 'vitest';
import { tagged } from '../../src/core/tagged.js';
import { facts } from '../../src/facts/index.js';
import { run, SHELLS } from '../modules/doing.js';
import { ask } from './ask.js';

describe('the registry of facts', () => {
  it('has each name once', () => {
    const names = facts.flatMap(fact => fact.provides);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    expect(new Set(facts.map(fact => fact.name)).size).toBe(facts.length);
  });

  // The facts that nearly all roles of the corpus read.
  it.each(
    'local distribution distribution_release distribution_version distribution_major_version os_family python fqdn domain service_mgr hostname nodename architecture machine selinux system kernel default_ipv4 default_ipv6 all_ipv4_addresses all_ipv6_addresses interfaces pkg_mgr memtotal_mb virtualization_type virtualization_role mounts env processor_vcpus processor_cores processor_count lsb date_time dns user_id devices cmdline machine_id uptime_seconds apparmor fips'.split(
      ' ',
    ),
  )('provides %s', name => {
    expect(facts.some(fact => fact.provides.includes(name))).toBe(true);
  });
});

describe.each(SHELLS.map(shell => ({ shell, as: shell.join(' ') })))('under $as', ({ shell }) => {
  it.each(facts.map(fact => [fact.name, fact] as const))('%s answers without complaint', (_, fact) => {
    const probe = fact.probe({ tap: 'lo' });
    const found = ask(probe, { shell });
    const known = fact.provides.filter(name => name in found);
    // python_version and dead parts may be missing; the group as a whole may not.
    expect(known.length).toBeGreaterThan(0);
    expect(() => JSON.stringify(found)).not.toThrow();
  });
});

describe('a host without programs', () => {
  const bare = { env: { PATH: '/nonexistent' }, shell: ['/bin/dash'] };
  it.each(facts.map(fact => [fact.name, fact] as const))('%s degrades to what is left', (_, fact) => {
    const probe = fact.probe({ tap: 'lo' });
    const output = run(probe.script, bare);
    expect(() => probe.parse(output)).not.toThrow();
  });
});

describe('tagged answers', () => {
  it('keep text apart from tags', () => {
    const answers = tagged('a one\na  two \nb\n\nc \n');
    expect(answers.get('a')).toEqual(['one', ' two ']);
    expect(answers.has('b')).toBe(false);
    expect(answers.get('c')).toEqual(['']);
  });
});
