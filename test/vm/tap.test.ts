import { afterEach, describe, expect, it } from 'vitest';
import { changes, failures, LOADED, Machine, TIMES } from './rig.js';

/** Reloads the driver by hand. The unit that would put the settings back as the interface appears is held meanwhile. */
const RELOAD = `set -e
held=/run/systemd/system/ringmaster-nic@eth4.service.d
mkdir -p $held; printf '[Unit]\\nConditionPathExists=/nonexistent\\n' >$held/held.conf; systemctl daemon-reload
modprobe -r igb; modprobe igb; sleep 2; udevadm settle
rm -r $held; systemctl daemon-reload`;
const RELOAD_AND_UNIT =
  'modprobe -r igb; modprobe igb; sleep 2; udevadm settle; sleep 5; systemctl is-active ringmaster-nic@eth4';

const SETTINGS =
  'cat /sys/class/net/eth4/mtu; ethtool -k eth4 | grep -E "^(rx|tx)-checksumming|^(scatter|generic-receive)"';
const AS_WISHED = [
  '1514',
  'rx-checksumming: off',
  'tx-checksumming: off',
  'scatter-gather: off',
  'generic-receive-offload: off',
];
const LOST = [
  '1500',
  'rx-checksumming: on',
  'tx-checksumming: on',
  'scatter-gather: on',
  'generic-receive-offload: on',
];

describe('a tap on igb, under a kernel of its own', () => {
  let machine: Machine | undefined;
  afterEach(async () => machine?.down());

  it.each(TIMES)('is brought up, stays, and finds what a reload has lost (%i)', async () => {
    machine = await Machine.up('virtio');

    const first = await machine.run('tap.yml');
    expect(failures(first.events)).toEqual([]);
    expect(first.ran.code, first.ran.err).toBe(0);
    expect(changes(first.events)).toContain('pfring: Module is loaded');
    expect(changes(first.events)).toContain('nic-driver: The swap is confirmed');
    expect(await machine.says(LOADED)).toBe('ours');
    const parameters = 'cd /sys/module/pf_ring/parameters; echo $(cat transparent_mode enable_tx_capture)';
    expect(await machine.says(parameters)).toBe('2 0');
    expect(await machine.says('cat /proc/net/pf_ring/info')).toMatch(/^Capture TX +: No \[RX only\]$/m);
    expect(await machine.says('cat /proc/net/pf_ring/dev/eth4/info')).toMatch(/^Polling Mode: +NAPI\/ZC$/m);
    expect((await machine.says(SETTINGS)).split('\n')).toEqual(AS_WISHED);

    const second = await machine.run('tap.yml');
    expect(second.ran.code, second.ran.err).toBe(0);
    expect(changes(second.events)).toEqual([]);

    await machine.says(RELOAD);
    expect((await machine.says(SETTINGS)).split('\n')).toEqual(LOST);
    const third = await machine.run('tap.yml');
    expect(third.ran.code, third.ran.err).toBe(0);
    expect(changes(third.events)).toEqual([
      'nic-tuning: Offloads, ring, queues and speed are as wished',
      'nic-tuning: Interface is up, silent and wide enough',
    ]);
    expect((await machine.says(SETTINGS)).split('\n')).toEqual(AS_WISHED);

    // Where the unit is not held, it has done that already.
    expect(await machine.says(RELOAD_AND_UNIT)).toBe('active');
    expect((await machine.says(SETTINGS)).split('\n')).toEqual(AS_WISHED);
    const fourth = await machine.run('tap.yml');
    expect(changes(fourth.events)).toEqual([]);
  });
});
