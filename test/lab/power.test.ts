import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { boot, cable, reset, stop } from '../../src/lab/power.js';
import { hostNamed } from '../../src/lab/reach.js';
import { traces } from '../../src/lab/upper.js';
import { asController, labDescribe, must, onHost, says, theLab } from './rig.js';

labDescribe('the power of hosts', () => {
  const { lab } = theLab('one', 'two');
  const bootId = (host: string) => says(lab(), host, 'cat /proc/sys/kernel/random/boot_id');

  it('a power cut and a boot keep the disk; the other host runs on', async () => {
    const before = await bootId('two');
    await says(lab(), 'one', 'echo kept >/root/kept');
    must(await stop(lab(), 'one'));
    expect((await onHost(lab(), 'one', 'true')).status).toBe(255);
    must(await boot(lab(), 'one'));
    expect(await says(lab(), 'one', 'cat /root/kept; systemctl is-system-running')).toBe('kept\nrunning');
    expect(await bootId('two')).toBe(before);
  }, 60_000);

  it('a host reboots itself and keeps its addresses', async () => {
    const before = await bootId('two');
    await onHost(lab(), 'two', 'systemctl reboot');
    for (let i = 0; i < 100; i++) {
      const { status, stdout } = await onHost(lab(), 'two', 'cat /proc/sys/kernel/random/boot_id');
      if (status === 0 && stdout.trim() !== before) return;
      await wait(100);
    }
    expect.fail('two did not come back');
  }, 60_000);

  it('reset makes a host as new, with the same key and address', async () => {
    await says(lab(), 'one', 'rm /etc/hosts; echo x >/etc/x; mkdir /srv/y');
    expect(traces(lab(), hostNamed(lab(), 'one')).map(({ path }) => path)).toContain('/etc/x');
    must(await reset(lab(), ['one', 'two']));
    expect(await says(lab(), 'one', 'test ! -e /etc/x && grep -c two /etc/hosts')).toBe('1');
    expect(traces(lab(), hostNamed(lab(), 'one'))).toEqual([]);
  }, 60_000);

  it('a pulled cable is silence, and heals', async () => {
    const ping = async () =>
      (await asController(lab(), 'bash', '-c', `timeout 2 bash -c '</dev/tcp/${lab().hosts[0]!.address}/22'`)).status;
    must(await cable(lab(), 'one', { of: 'eth0', state: 'down' }));
    expect(await ping()).toBe(124);
    must(await cable(lab(), 'one', { of: 'eth0', state: 'up' }));
    expect(await ping()).toBe(0);
  });

  it('a name that is none is an error that tells the names there are', async () => {
    expect(await stop(lab(), 'three')).toMatchObject({
      ok: false,
      error: [{ code: 'lab-host', hint: 'it has one, two' }],
    });
  });
});
