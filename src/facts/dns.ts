import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, TAGGED, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/** /etc/resolv.conf (resolv.conf(5)). No fork. */
export const dns: Fact = {
  name: 'dns',
  summary: 'Name servers and search domains.',
  provides: ['dns'],
  probe: () => dnsProbe(),
};

/** `root` is put before every path read, for tests. */
export const dnsProbe = (root = '') =>
  probe(sh`${TAGGED}lines dns ${root}/etc/resolv.conf`, ({ stdout }) => ({ dns: read(all(tagged(stdout), 'dns')) }));

function read(lines: readonly string[]): Vars {
  const nameservers: string[] = [];
  const found: Record<string, Vars[string]> = {};
  for (const line of lines) {
    if (/^[#;]/.test(line)) continue;
    const [word, ...values] = line.trim().split(/\s+/);
    if (word === 'nameserver') found.nameservers = nameservers;
    if (word === 'nameserver') nameservers.push(...values);
    else if (word === 'domain' && values[0]) found.domain = values[0];
    else if (word === 'search' || word === 'sortlist') found[word] = values;
    else if (word === 'options')
      found.options = Object.fromEntries(
        values.map(value => {
          const colon = value.indexOf(':');
          return colon < 0 ? [value, true] : [value.slice(0, colon), value.slice(colon + 1) || true];
        }),
      );
  }
  return found;
}
