import { join } from 'node:path';
import type { Layer } from '../layer.js';
import { MANAGEMENT, SECOND_TAP, TAP } from './disk.js';

/**
 * What the machine is managed by: a virtio interface, whose driver no swap touches, or an igb one, as the tap is. The
 * taps are the same in both: an igb and an e1000e, joined by a cable.
 */
export type Shape = 'virtio' | 'igb';
export const SHAPES: readonly Shape[] = ['virtio', 'igb'];

/** QEMU's name of the management interface's cable, for `set_link`. */
export const MANAGEMENT_CABLE = 'management';

/** Where a machine's files are, in a folder of its own. */
export const filesOf = (folder: string) => ({
  disk: join(folder, 'disk.qcow2'),
  console: join(folder, 'console'),
  monitor: join(folder, 'monitor'),
  messages: join(folder, 'qemu.log'),
});

/** Kernel parameters: mitigations cost much under emulation; names of interfaces come from the disk's .link files. */
const KERNEL_LINE =
  'root=/dev/vda rw console=ttyS0 loglevel=4 mitigations=off fsck.mode=skip net.ifnames=0 systemd.show_status=0';

/** QEMU's program. */
export const QEMU = 'qemu-system-x86_64';

/**
 * The machine as QEMU's arguments. One root port per interface: two igb on one bus would collide with their virtual
 * functions. A saved state fits only the very machine it was saved from, so this text is part of that state's recipe.
 * restrict: the guest reaches nothing but us. Port 0: the kernel picks a free one.
 */
export const machineArgs = (shape: Shape): readonly string[] => [
  ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-accel', 'tcg,thread=multi'],
  ...['-cpu', 'qemu64', '-smp', '2', '-m', '1024', '-device', 'virtio-rng-pci'],
  ...[1, 2, 3].flatMap(n => ['-device', `pcie-root-port,id=port${n},chassis=${n}`]),
  ...['-netdev', `user,id=${MANAGEMENT_CABLE},restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22`],
  ...['-netdev', 'hubport,id=tap,hubid=1', '-netdev', 'hubport,id=second-tap,hubid=1'],
  ...[
    '-device',
    `${shape === 'virtio' ? 'virtio-net-pci' : 'igb'},bus=port1,netdev=${MANAGEMENT_CABLE},mac=${MANAGEMENT.mac}`,
  ],
  ...['-device', `igb,bus=port2,netdev=tap,mac=${TAP.mac}`],
  ...['-device', `e1000e,bus=port3,netdev=second-tap,mac=${SECOND_TAP.mac}`],
  ...['-append', KERNEL_LINE],
];

/** What of the machine lies in files: its kernel, and disk, console and monitor in its folder. */
export function fileArgs(disk: Layer, folder: string): readonly string[] {
  const files = filesOf(folder);
  return [
    ...['-kernel', join(disk.folder, 'kernel'), '-initrd', join(disk.folder, 'initrd')],
    // unsafe: the disk lives no longer than the machine, so waiting for the real disk is waste.
    ...[
      '-drive',
      `if=none,id=disk,file=${files.disk},format=qcow2,cache=unsafe`,
      '-device',
      'virtio-blk-pci,drive=disk',
    ],
    ...['-serial', `file:${files.console}`, '-qmp', `unix:${files.monitor},server=on,wait=off`],
  ];
}
