import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Value, Vars } from '../core/value.js';
import { parseIni } from './ini.js';

/** Bytes of one fact file, or of what it prints, that are read; a bigger one is an error in its place. */
const LARGEST = 65_536;

/**
 * What the host's administrator says of it in /etc/ansible/facts.d: `*.fact` files that hold JSON or INI, or print it
 * when they are executable, as Ansible has it. Ten seconds each. A bad one gives its error as text, as in Ansible.
 */
export const local: Fact = {
  name: 'local',
  summary: 'Facts from /etc/ansible/facts.d.',
  provides: ['local'],
  probe: () => localProbe(),
};

/** `root` is put before every path read, for tests. */
export const localProbe = (root = '') =>
  probe(
    sh`${TAGGED}
t=; have timeout && t='timeout 10'
for f in ${root}/etc/ansible/facts.d/*.fact; do
  [ -f "$f" ] || continue
  b=\${f##*/}; b=\${b%.fact}
  case $b in *[!A-Za-z0-9_.-]*|'') continue;; esac
  say fact "$b"
  { if [ -x "$f" ]; then $t "$f" 2>/dev/null </dev/null; else cat "$f"; fi; printf '\\nstatus %s\\n' $?; } 2>/dev/null |
    head -c ${LARGEST + 64} | sed "s/^/=$b /"
  echo
done
:`,
    ({ stdout }) => ({ local: read(tagged(stdout), `${root}/etc/ansible/facts.d`) }),
  );

function read(answers: Tagged, folder: string): Vars {
  return Object.fromEntries(
    all(answers, 'fact').map(name => {
      const lines = all(answers, `=${name}`);
      return [name, contentOf(lines, `${folder}/${name}.fact`)];
    }),
  );
}

function contentOf(lines: readonly string[], path: string): Value {
  const end = lines.findLastIndex(line => line.startsWith('status '));
  const text = lines.slice(0, Math.max(end, 0)).join('\n');
  if (end < 0 || text.length > LARGEST) return `error loading fact - ${path} has more than ${LARGEST} bytes`;
  const status = lines[end]!.slice('status '.length);
  if (status !== '0') return `Failure executing fact script (${path}), rc: ${status}, err: `;
  try {
    return JSON.parse(text) as Value;
  } catch {
    const ini = parseIni(text);
    return ini.ok ? ini.sections : `error loading facts as JSON or ini - please check content: ${path}`;
  }
}
