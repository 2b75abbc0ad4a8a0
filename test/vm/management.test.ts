import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Frozen } from '../../src/lab/vm/vm.js';
import { changes, failures, figure, frozenFolder, LOADED, Machine, TIMES } from './rig.js';

const ALLOWED = ['-e', 'nic_driver_allow_management=true'];
/** The role's own default for nic_driver_confirm_seconds. */
const CONFIRM_SECONDS = 60;

/** Back to the stock driver without the role, which takes it for a host whose driver was built and never loaded. */
const UNSWAP = `cat >/run/unswap <<'END'
rmmod igb; insmod "$(cat /var/lib/ringmaster/nic-driver/backup/$(uname -r)/igb.origin)"; udevadm settle
sh /var/lib/ringmaster/nic-driver/swap/saved; rm -r /var/lib/ringmaster/nic-driver/swap
END
systemd-run --quiet --collect sh /run/unswap`;

/** What lets the host be reached. */
const NETWORK =
  'ip -o -4 addr show dev eth0 | awk "{ print \\$4 }"; ip route show default; cat /sys/class/net/eth0/carrier';
const REACHABLE = ['10.0.2.15/24', 'default via 10.0.2.2 dev eth0', '1'];

const network = async (machine: Machine) => (await machine.says(NETWORK)).split('\n').map(line => line.trim());

describe('a host that is managed over the very driver that is swapped', () => {
  const scratch = frozenFolder();
  let machine: Machine | undefined;
  let built: Frozen | undefined;
  beforeAll(async () => {
    machine = await Machine.up('igb');
  });
  afterEach(async () => {
    if (built === undefined) return;
    await machine?.down();
    machine = undefined;
  });
  afterAll(async () => {
    await machine?.down();
    rmSync(scratch, { recursive: true, force: true });
  });

  it.each(TIMES)('is not swapped unasked: refused before anything is built (%i)', async () => {
    const { ran, events } = await machine!.run('tap.yml');
    expect(ran.code).toBe(2);
    expect(failures(events)).toHaveLength(1);
    expect(failures(events)[0]).toContain(
      'a swap of igb would take down eth0, which manages this host and has the same driver as eth4',
    );
    expect(changes(events)).toEqual([]);
    const left = 'ls -d /lib/modules/*/updates /usr/local/src/pfring* /var/lib/ringmaster 2>/dev/null; true';
    expect(await machine!.says(left)).toBe('');
    expect(await machine!.says(LOADED)).toBe('stock');
  });

  it('is swapped when that is asked for, from the first build on', async () => {
    const { ran, events } = await machine!.run('tap.yml', ...ALLOWED);
    expect(failures(events)).toEqual([]);
    expect(ran.code, ran.err).toBe(0);
    expect(changes(events)).toContain('nic-driver: The swap is confirmed');
    expect(await machine!.says(LOADED)).toBe('ours');
    expect(await network(machine!)).toEqual(REACHABLE);

    await machine!.says(UNSWAP);
    expect(await machine!.answers(120)).toBe(true);
    await machine!.says('sleep 5; udevadm settle; dmesg -n 7');
    expect(await machine!.says(LOADED)).toBe('stock');
    expect(await network(machine!)).toEqual(REACHABLE);
    built = await machine!.freeze(join(scratch, 'built'));
    machine = undefined;
  });

  it.each(TIMES.slice(1))('is swapped when that is asked for, and the swap is confirmed (%i)', async () => {
    machine = await Machine.up('igb', built);
    const { ran, events } = await machine.run('driver.yml', ...ALLOWED);
    expect(failures(events)).toEqual([]);
    expect(ran.code, ran.err).toBe(0);
    expect(changes(events)).toContain('nic-driver: The swap is confirmed');
    expect(await machine.says(LOADED)).toBe('ours');
    expect(await network(machine)).toEqual(REACHABLE);
    // The time to confirm passes, and nothing is taken back.
    expect(await machine.says(`sleep ${CONFIRM_SECONDS}; ${LOADED}`)).toBe('ours');
  });

  it.each(TIMES)('comes back on its stock driver when the link is lost in the swap (%i)', async () => {
    machine = await Machine.up('igb', built);
    const run = machine.run('driver.yml', ...ALLOWED);
    // The stock driver lets the interface go: that is the swap, and from now on there is no link for the new one.
    await machine.console(/removed PHC on eth0/, 1, 300);
    await machine.cable('down');
    const cut = Date.now();
    // It lets go again: that is the way back, and the stock driver finds the link.
    await machine.console(/removed PHC on eth0/, 2, CONFIRM_SECONDS + 30);
    await machine.cable('up');
    expect(await machine.answers(CONFIRM_SECONDS + 30)).toBe(true);
    figure('reachable again after the link was cut', cut);
    expect(Date.now() - cut).toBeLessThan((CONFIRM_SECONDS + 30) * 1000);
    expect(await machine.says(LOADED)).toBe('stock');
    expect(await network(machine)).toEqual(REACHABLE);
    expect(await machine.says('modinfo -n igb')).toMatch(/\/kernel\/drivers\/net\/ethernet\/intel\/igb\/igb\.ko$/);
    console.log(await machine.says('cat /var/lib/ringmaster/nic-driver/swap/log'));

    const { ran, events } = await run;
    expect(ran.code).toBe(2);
    expect(failures(events).join()).toContain('rolled back to the stock driver');
    expect(await machine.says(LOADED)).toBe('stock');
  });
});
