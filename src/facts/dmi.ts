import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { one, TAGGED, type Tagged, tagged } from '../core/tagged.js';

/** Facts, and the files in /sys/devices/virtual/dmi/id they are read from where the name differs. */
const FILES = {
  bios_date: 'bios_date',
  bios_vendor: 'bios_vendor',
  bios_version: 'bios_version',
  board_asset_tag: 'board_asset_tag',
  board_name: 'board_name',
  board_serial: 'board_serial',
  board_vendor: 'board_vendor',
  board_version: 'board_version',
  chassis_asset_tag: 'chassis_asset_tag',
  chassis_serial: 'chassis_serial',
  chassis_vendor: 'chassis_vendor',
  chassis_version: 'chassis_version',
  form_factor: 'chassis_type',
  product_name: 'product_name',
  product_serial: 'product_serial',
  product_uuid: 'product_uuid',
  product_version: 'product_version',
  system_vendor: 'sys_vendor',
} as const;

/** Chassis types by number (SMBIOS 3.6, 7.4.1), in Ansible's spelling. */
const CHASSIS =
  'Unknown,Other,Unknown,Desktop,Low Profile Desktop,Pizza Box,Mini Tower,Tower,Portable,Laptop,Notebook,Hand Held,Docking Station,All In One,Sub Notebook,Space-saving,Lunch Box,Main Server Chassis,Expansion Chassis,Sub Chassis,Bus Expansion Chassis,Peripheral Chassis,RAID Chassis,Rack Mount Chassis,Sealed-case PC,Multi-system,CompactPCI,AdvancedTCA,Blade,Blade Enclosure,Tablet,Convertible,Detachable,IoT Gateway,Embedded PC,Mini PC,Stick PC'.split(
    ',',
  );

/** Firmware, board and product names; `NA` where the kernel does not tell. No fork. */
export const dmi: Fact = {
  name: 'dmi',
  summary: 'Firmware, board, chassis and product names.',
  provides: Object.keys(FILES),
  probe: () => dmiProbe(),
};

/** `root` is put before every path read, for tests. */
export const dmiProbe = (root = '') =>
  probe(
    sh`${TAGGED}
for f in ${Object.values(FILES)}; do first "$f" ${root}/sys/devices/virtual/dmi/id/"$f"; done`,
    ({ stdout }) => read(tagged(stdout)),
  );

const read = (answers: Tagged) =>
  Object.fromEntries(
    Object.entries(FILES).map(([fact, file]) => {
      const text = one(answers, file) ?? 'NA';
      if (fact !== 'form_factor' || text === 'NA') return [fact, text];
      return [fact, CHASSIS[Number(text)] ?? `unknown (${text})`];
    }),
  );
