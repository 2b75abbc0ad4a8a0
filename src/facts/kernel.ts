import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, one, present, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/**
 * The kernel and what it was booted with. Two forks: `uname -m`, which /proc does not tell, and `od` for the class of
 * /bin/sh's ELF header, which is the word size of the userland. `secureboot` is byte 5 of the EFI variable: the first
 * four are its attributes (UEFI 2.10, 8.2).
 */
export const kernel: Fact = {
  name: 'kernel',
  summary: 'The kernel, the machine, its short name, its boot arguments, Secure Boot and FIPS mode.',
  provides: [
    'system',
    'kernel',
    'kernel_version',
    'machine',
    'architecture',
    'userspace_bits',
    'userspace_architecture',
    'nodename',
    'hostname',
    'machine_id',
    'cmdline',
    'proc_cmdline',
    'fips',
    'efi',
    'secureboot',
  ],
  probe: () => kernelProbe(),
};

/** `root` is put before every path read, for tests. */
export const kernelProbe = (root = '') =>
  probe(
    sh`${TAGGED}
p=${root}/proc/sys
first system "$p/kernel/ostype"; first kernel "$p/kernel/osrelease"; first version "$p/kernel/version"
first node "$p/kernel/hostname"; first fips "$p/crypto/fips_enabled"; first cmdline ${root}/proc/cmdline
first id ${root}/var/lib/dbus/machine-id; first id ${root}/etc/machine-id
say machine "$(uname -m)"
say class "$(od -An -tu1 -j4 -N1 /bin/sh 2>/dev/null)"
if [ -d ${root}/sys/firmware/efi ]; then
  say efi 1
  v=${root}/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
  [ -r "$v" ] && say secureboot "$(od -An -tu1 -j4 -N1 "$v" 2>/dev/null)"
fi
:`,
    ({ stdout }) => read(tagged(stdout)),
  );

function read(answers: Tagged): Vars {
  const machine = one(answers, 'machine');
  const bits = { 1: '32', 2: '64' }[one(answers, 'class') ?? ''];
  const node = one(answers, 'node');
  const cmdline = all(answers, 'cmdline')[0] ?? '';
  return present({
    system: one(answers, 'system'),
    kernel: one(answers, 'kernel'),
    kernel_version: one(answers, 'version'),
    machine,
    architecture: machine !== undefined && /^i[3456]86$|^i86pc$/.test(machine) ? 'i386' : machine,
    userspace_bits: bits,
    userspace_architecture:
      bits && machine && /^(x86_64|i[3456]86)$/.test(machine) ? (bits === '64' ? 'x86_64' : 'i386') : undefined,
    nodename: node,
    hostname: node?.split('.')[0],
    machine_id: one(answers, 'id'),
    cmdline: Object.fromEntries(pieces(cmdline)),
    proc_cmdline: gathered(pieces(cmdline)),
    fips: one(answers, 'fips') === '1',
    efi: answers.has('efi'),
    secureboot: one(answers, 'secureboot') === '1',
  });
}

/** Boot arguments: quotes hold blanks together and stay, as in Python's `shlex.split(posix=False)`. */
const pieces = (cmdline: string): [string, string | true][] =>
  (cmdline.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map(piece => {
    const equals = piece.indexOf('=');
    return equals < 0 ? [piece, true] : [piece.slice(0, equals), piece.slice(equals + 1)];
  });

/** The same, with the values of an argument given several times (`console=`) as a list. */
function gathered(all: readonly [string, string | true][]): Vars {
  const found = new Map<string, string | true | readonly (string | true)[]>();
  for (const [name, value] of all) {
    const before = found.get(name);
    if (before === undefined || value === true) found.set(name, value);
    else found.set(name, Array.isArray(before) ? [...before, value] : [before as string, value]);
  }
  return Object.fromEntries(found);
}
