import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, one, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/** Block devices, briefly: Ansible's members that sysfs tells without a program. One fork, of `ls`. */
export const devices: Fact = {
  name: 'devices',
  summary: 'Disks and their partitions.',
  provides: ['devices'],
  probe: () => devicesProbe(),
};

/** `root` is put before every path read, for tests. */
export const devicesProbe = (root = '') =>
  probe(
    sh`${TAGGED}
for d in ${root}/sys/block/*; do
  b=\${d##*/}
  [ -d "$d" ] || continue
  say disk "$b"
  for f in size removable device/vendor device/model device/serial queue/rotational queue/scheduler \
    queue/logical_block_size queue/discard_granularity; do first "d/$b/$f" "$d/$f"; done
  into "$d/device" && say "d/$b/real" "$at"
  for h in "$d"/holders/*; do [ -e "$h" ] && { first "d/$b/holder" "$h/dm/name" || say "d/$b/holder" "\${h##*/}"; }; done
  for p in "$d/$b"*; do
    [ -f "$p/partition" ] || continue
    q=\${p##*/}; say "d/$b/part" "$q"
    for f in size start; do first "p/$q/$f" "$p/$f"; done
  done
done
ls -l ${root}/dev/disk/by-uuid 2>/dev/null | piped uuid`,
    ({ stdout }) => read(tagged(stdout)),
  );

function read(answers: Tagged): Vars {
  const uuids = new Map<string, string>();
  for (const line of all(answers, 'uuid')) {
    const link = /(\S+) -> (?:\S*\/)?(\S+)$/.exec(line);
    if (link) uuids.set(link[2]!, link[1]!);
  }
  const text = (tag: string) => one(answers, tag) ?? null;
  const disk = (name: string): Vars => ({
    vendor: text(`d/${name}/device/vendor`),
    model: text(`d/${name}/device/model`),
    ...(answers.has(`d/${name}/device/serial`) ? { serial: text(`d/${name}/device/serial`) } : {}),
    virtual: answers.has(`d/${name}/real`) ? 0 : 1,
    removable: text(`d/${name}/removable`),
    rotational: text(`d/${name}/queue/rotational`),
    scheduler_mode: /\[(.*)\]/.exec(one(answers, `d/${name}/queue/scheduler`) ?? '')?.[1] ?? '',
    support_discard: text(`d/${name}/queue/discard_granularity`),
    sectors: text(`d/${name}/size`) ?? '0',
    sectorsize: text(`d/${name}/queue/logical_block_size`) ?? '512',
    size: human(Number(text(`d/${name}/size`) ?? 0) * 512),
    host: '',
    holders: all(answers, `d/${name}/holder`),
    partitions: Object.fromEntries(all(answers, `d/${name}/part`).map(part => [part, partition(part)])),
  });
  const partition = (name: string): Vars => ({
    start: text(`p/${name}/start`) ?? '0',
    sectors: text(`p/${name}/size`) ?? '0',
    sectorsize: 512,
    size: human(Number(text(`p/${name}/size`) ?? 0) * 512),
    uuid: uuids.get(name) ?? null,
    holders: [],
  });
  return { devices: Object.fromEntries(all(answers, 'disk').map(name => [name, disk(name)])) };
}

/** Bytes as Ansible's `bytes_to_human` prints them: `258.02 GB`, in steps of 1,024. */
function human(bytes: number): string {
  const units = ['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${(bytes / 2 ** (10 * step)).toFixed(2)} ${units[step]}`;
}
