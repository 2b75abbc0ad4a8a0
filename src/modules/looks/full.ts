import { Float, type Value } from '../../core/value.js';

/** All that `stat -c` of GNU and busybox tells, names last. */
export const FULL_FORMAT = '%f %u %g %s %h %i %d %X %Y %Z %b %o %t %T:%U:%G';

const TYPES: { readonly [member: string]: string } = {
  isdir: '4',
  ischr: '2',
  isblk: '6',
  isreg: '8',
  isfifo: '1',
  islnk: 'a',
  issock: 'c',
};
const BITS: { readonly [member: string]: number } = {
  rusr: 0o400,
  wusr: 0o200,
  xusr: 0o100,
  rgrp: 0o040,
  wgrp: 0o020,
  xgrp: 0o010,
  roth: 0o004,
  woth: 0o002,
  xoth: 0o001,
  isuid: 0o4000,
  isgid: 0o2000,
};

/** What one line of the full format says, in the names of Ansible's stat; nothing if there is no such line. */
export function statMembers(line: string | undefined): { readonly [name: string]: Value } | undefined {
  const m = /^([0-9a-f]+) ((?:[0-9a-f]+ ){12}[0-9a-f]+):([^:]*):([^:]*)$/.exec(line ?? '');
  if (!m) return undefined;
  const raw = m[1]!;
  const type = raw.slice(0, -3);
  const bits = Number.parseInt(raw, 16) & 0o7777;
  const [uid, gid, size, nlink, inode, dev, atime, mtime, ctime, blocks, blockSize, major, minor] = m[2]!.split(' ');
  return {
    mode: bits.toString(8).padStart(4, '0'),
    ...Object.fromEntries(Object.entries(TYPES).map(([member, nibble]) => [member, nibble === type])),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    inode: Number(inode),
    dev: Number(dev),
    nlink: Number(nlink),
    atime: new Float(Number(atime)),
    mtime: new Float(Number(mtime)),
    ctime: new Float(Number(ctime)),
    blocks: Number(blocks),
    block_size: Number(blockSize),
    device_type: Number.parseInt(major!, 16) * 256 + Number.parseInt(minor!, 16),
    ...Object.fromEntries(Object.entries(BITS).map(([member, bit]) => [member, (bits & bit) !== 0])),
    ...(m[3] === 'UNKNOWN' ? {} : { pw_name: m[3]! }),
    ...(m[4] === 'UNKNOWN' ? {} : { gr_name: m[4]! }),
  };
}
