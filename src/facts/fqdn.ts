import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { one, TAGGED, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/**
 * The full name as Python's `socket.getfqdn()` finds it: of the names the resolver has for this host, the first with a
 * dot, else the host's own. A group of its own, because the resolver may ask a name server and take its time.
 */
export const fqdn: Fact = {
  name: 'fqdn',
  summary: 'The fully qualified name and the domain.',
  provides: ['fqdn', 'domain'],
  probe: () =>
    probe(
      sh`${TAGGED}
read -r n </proc/sys/kernel/hostname || n=$(uname -n)
say node "$n"
t=; have timeout && t='timeout 5'
if have getent; then say names "$($t getent hosts "$n" 2>/dev/null)"; else say names "- $($t hostname -f 2>/dev/null)"; fi`,
      ({ stdout }) => fullName(one(tagged(stdout), 'node') ?? '', one(tagged(stdout), 'names') ?? ''),
    ),
};

/** `line` is `getent hosts`' answer: address, canonical name, aliases. */
export function fullName(node: string, line: string): Vars {
  const [, ...names] = line.split(/\s+/);
  const full = [...names, node].find(name => name.includes('.')) ?? names[0] ?? node;
  return { fqdn: full, domain: full.split('.').slice(1).join('.') };
}
