import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, present, TAGGED, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';
import { assignments } from './distribution.js';

/** What `lsb_release -a` says, or /etc/lsb-release where that program is missing. Apart, since the program may be slow. */
export const lsb: Fact = {
  name: 'lsb',
  summary: 'What lsb_release says of the distribution.',
  provides: ['lsb'],
  probe: () =>
    probe(
      sh`${TAGGED}
if have lsb_release; then lsb_release -a 2>/dev/null | piped said; fi
lines file /etc/lsb-release
:`,
      ({ stdout }) => ({ lsb: read(all(tagged(stdout), 'said'), all(tagged(stdout), 'file')) }),
    ),
};

function read(said: readonly string[], file: readonly string[]): Vars {
  const rows = new Map(said.map(line => [line.split(':')[0]!, line.slice(line.indexOf(':') + 1).trim()]));
  const lines = assignments(file.join('\n'));
  const release = rows.get('Release') ?? lines.get('DISTRIB_RELEASE');
  return present({
    id: rows.get('Distributor ID') ?? lines.get('DISTRIB_ID'),
    description: rows.get('Description') ?? lines.get('DISTRIB_DESCRIPTION'),
    release,
    codename: rows.get('Codename') ?? lines.get('DISTRIB_CODENAME'),
    major_release: release?.split('.')[0],
  });
}
