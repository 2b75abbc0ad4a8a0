import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/** File systems behind which is a network, and so a server that may be gone: asked one by one, two seconds each. */
const REMOTE = 'nfs|nfs4|cifs|smb3|smbfs|ceph|glusterfs|9p|fuse\\..*|afs|lustre';

/**
 * Mounted file systems with their sizes. Local ones are asked with one `stat -f` for all; a dead file server costs its
 * own entry's sizes, never the fact.
 */
export const mounts: Fact = {
  name: 'mounts',
  summary: 'Mounted file systems, their devices, options and space.',
  provides: ['mounts'],
  isVolatile: true,
  probe: () =>
    probe(
      sh`${TAGGED}
sed 2000q /proc/self/mounts | piped mount
sed -n -e 's/^[^ ]* [^ ]* [^ ]* \\([^ ]*\\) \\([^ ]*\\) .*/\\1 \\2/p' -e 2000q /proc/self/mountinfo | piped root
have lsblk && lsblk --list --noheadings --paths --output NAME,UUID --exclude 2 2>/dev/null | piped uuid
t=; have timeout && t='timeout 5'
f='%n
%s %S %b %a %c %d'
points() { sed -n -E "s#^($1) .*#\\1#p" /proc/self/mounts | sed -n -E "$2" | sed 200q; }
ask() { while IFS= read -r p; do set -- "$@" "$(printf '%b' "$p")"; done; [ $# -eq 0 ] || $t stat -f -c "$f" -- "$@" 2>/dev/null; }
points '/[^ ]* [^ ]* [^ ]*' ${`/ (${REMOTE})$/!s#^[^ ]* ([^ ]*) .*#\\1#p`} | ask | piped size
t=; have timeout && t='timeout 2'
points '[^ ]*:?/[^ ]* [^ ]* [^ ]*' ${`s#^[^ ]* ([^ ]*) (${REMOTE})$#\\1#p`} | sed 20q | while IFS= read -r p; do printf '%s\\n' "$p" | ask; done | piped size
:`,
      ({ stdout }) => ({ mounts: read(tagged(stdout)) }),
    ),
};

/** What /proc/mounts writes as `\040` and the like (getmntent(3)). */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

function read(answers: Tagged): readonly Vars[] {
  const uuids = new Map(
    all(answers, 'uuid').flatMap(line => {
      const [device, uuid] = line.trim().split(/\s+/);
      return device && uuid ? [[device, uuid] as const] : [];
    }),
  );
  const bound = new Set(
    all(answers, 'root').flatMap(line => {
      const [root, point] = line.split(' ');
      return root !== '/' && point ? [unescaped(point)] : [];
    }),
  );
  const sizes = sizesOf(all(answers, 'size'));
  const found = new Map<string, Vars>();
  for (const line of all(answers, 'mount')) {
    const [device, mount, fstype, options] = line.split(' ').map(unescaped);
    if (device === undefined || mount === undefined || options === undefined) continue;
    if ((!/^[/\\]/.test(device) && !device.includes(':/')) || fstype === 'none') continue;
    found.set(mount, {
      mount,
      device,
      fstype: fstype!,
      options: bound.has(mount) && !/\bbind\b/.test(options) ? `${options},bind` : options,
      dump: 0,
      passno: 0,
      ...sizes.get(mount),
      uuid: uuids.get(device) ?? 'N/A',
    });
  }
  return [...found.values()];
}

/** Pairs of lines: a mount point, and `bsize frsize blocks bavail files ffree` of statvfs(3). */
function sizesOf(lines: readonly string[]): ReadonlyMap<string, Vars> {
  const found = new Map<string, Vars>();
  for (let i = 0; i + 1 < lines.length; i++) {
    const figures = /^(\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$/
      .exec(lines[i + 1]!)
      ?.slice(1)
      .map(Number);
    if (!figures) continue;
    const [block_size, fragment, block_total, block_available, inode_total, inode_available] = figures as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    found.set(lines[i]!, {
      size_total: fragment * block_total,
      size_available: fragment * block_available,
      block_size,
      block_total,
      block_available,
      block_used: block_total - block_available,
      inode_total,
      inode_available,
      inode_used: inode_total - inode_available,
    });
    i++;
  }
  return found;
}
