import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import sysctl from '../../src/modules/sysctl.js';
import { argsOf, SHELLS, task, whats } from './doing.js';
import { netns } from './netns.js';
import { GROUNDS, scenes } from './rig.js';

const net = netns();
afterAll(net.close);

describe.each(GROUNDS)('the file, under %s', (_, ground) => {
  const given = scenes(ground);
  const wish = { name: 'net.ipv4.ip_forward', value: '1', sysctl_file: '@/etc/s.conf', reload: false };
  it.each<[string, string | undefined, object, string | undefined]>([
    ['is made', undefined, {}, 'net.ipv4.ip_forward=1\n'],
    ['gets a line at its end', '# mine\nkernel.x = 1', {}, '# mine\nkernel.x = 1\nnet.ipv4.ip_forward=1\n'],
    ['is right already, however spaced', 'net.ipv4.ip_forward =  1\n', {}, undefined],
    ['is right with slashes, too', 'net/ipv4/ip_forward=1\n', {}, undefined],
    ['is put right', 'a=1\nnet.ipv4.ip_forward = 0 \n; b=2\n', {}, 'a=1\nnet.ipv4.ip_forward=1\n; b=2\n'],
    [
      'loses the second line that says otherwise',
      'net.ipv4.ip_forward=1\nx=1\nnet.ipv4.ip_forward=0\n',
      {},
      'net.ipv4.ip_forward=1\nx=1\n',
    ],
    ['keeps the dash', '-net.ipv4.ip_forward=0\n', {}, '-net.ipv4.ip_forward=1\n'],
    [
      'has comments that are none of ours',
      '#net.ipv4.ip_forward=0\n',
      {},
      '#net.ipv4.ip_forward=0\nnet.ipv4.ip_forward=1\n',
    ],
    ['loses the line', 'a=1\nnet.ipv4.ip_forward=1\nb=2\n', { state: 'absent' }, 'a=1\nb=2\n'],
    ['has none to lose', 'a=1\n', { state: 'absent' }, undefined],
    ['is not even there', undefined, { state: 'absent' }, undefined],
    [
      'takes several words',
      'k=1\n',
      { name: 'net.ipv4.tcp_rmem', value: '4096\t87380 6291456' },
      'k=1\nnet.ipv4.tcp_rmem=4096\t87380 6291456\n',
    ],
    [
      'has words in other places',
      'net.ipv4.tcp_rmem=4096 87380   6291456\n',
      { name: 'net.ipv4.tcp_rmem', value: '4096\t87380 6291456' },
      undefined,
    ],
    ['takes yes for 1', 'net.ipv4.ip_forward=1\n', { value: true }, undefined],
  ])('%s', (_, before, more, after) => {
    const scene = given(before === undefined ? {} : { 'etc/s.conf': before });
    const done = scene.task(sysctl, { ...wish, ...more });
    if (after === undefined) done.ok();
    else done.changes('@/etc/s.conf').text('etc/s.conf', after);
  });
});

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('the kernel, under %s', (_, shell) => {
  const ground = { through: net.through, shell };
  const given = scenes(() => ground);
  const wish = { name: 'net.ipv4.ip_forward', sysctl_file: '@/s.conf' };

  it('gets the value, and has it the second time', () => {
    net.sh('sysctl -q -w net.ipv4.ip_forward=0');
    const scene = given();
    scene.task(sysctl, { ...wish, value: 1 }).changes('@/s.conf', 'net.ipv4.ip_forward of the kernel');
    expect(net.sh('sysctl -n net.ipv4.ip_forward')).toBe('1\n');
    scene.task(sysctl, { ...wish, value: 1 }).ok();
    // What another changed behind our back is put right.
    net.sh('sysctl -q -w net.ipv4.ip_forward=0');
    scene.task(sysctl, { ...wish, value: 1 }).changes('net.ipv4.ip_forward of the kernel');
    scene.task(sysctl, { ...wish, state: 'absent' }).changes('@/s.conf');
    expect(net.sh('sysctl -n net.ipv4.ip_forward')).toBe('1\n');
  });

  it('has words between tabs', () => {
    const now = net.sh('sysctl -n net.ipv4.ip_local_port_range').trim();
    given({ 's.conf': `net.ipv4.ip_local_port_range=${now.replace(/\s+/, ' ')}\n` })
      .task(sysctl, { name: 'net.ipv4.ip_local_port_range', value: now.replace(/\s+/, '   '), sysctl_file: '@/s.conf' })
      .ok();
  });

  it('says what it refuses', () => {
    given()
      .task(sysctl, { name: 'net.ipv4.ip_local_port_range', value: 'nonsense', sysctl_file: '@/s.conf' })
      .failed(/^net\.ipv4\.ip_local_port_range: tee: .*(Invalid argument|I\/O error)/);
  });
});

describe('an interface with a dot in its name', () => {
  it('is written with slashes', () => {
    net.sh('ip link add eth0.7 type veth peer name p7');
    const scene = scenes(() => ({ through: net.through }))();
    const file = '@/s.conf';
    scene
      .task(sysctl, { name: 'net/ipv4/conf/eth0.7/rp_filter', value: '2', sysctl_file: file })
      .changes(file, 'net/ipv4/conf/eth0.7/rp_filter of the kernel');
    scene.task(sysctl, { name: 'net.ipv4.conf.eth0/7.rp_filter', value: '2', sysctl_file: file }).ok();
  });
});

describe('a name the kernel does not have', () => {
  const wish = { name: 'net.no.such', value: '1', sysctl_file: '/nonexistent-dir/s.conf' };
  it('blocks, and tells what would be changed', () => {
    const { plan } = task(sysctl, wish);
    expect(plan).toMatchObject({ blocked: 'the kernel has no net.no.such' });
    if (isBlocked(plan))
      expect(whats(plan.foreseen!)).toEqual(['/nonexistent-dir/s.conf', 'net.no.such of the kernel']);
  });
  it('is no matter with ignoreerrors', () => {
    const scene = scenes(() => ({}))();
    scene.task(sysctl, { ...wish, sysctl_file: '@/s.conf', ignoreerrors: true }).changes('@/s.conf');
    expect(readFileSync(scene.path('s.conf'), 'utf8')).toBe('net.no.such=1\n');
  });
});

describe('arguments', () => {
  it.each([
    { name: '../../etc/passwd', value: 'x' },
    { name: 'a/../../x', value: 'x' },
    { name: '-w', value: 'x' },
    { name: 'a b', value: 'x' },
    { name: 'a.b' },
    { name: 'a.b', value: 'x\ny' },
  ])('%o are refused', args => {
    expect(() => argsOf(sysctl, args)).toThrow();
  });
});
