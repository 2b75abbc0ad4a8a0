import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { Unknown } from '../../src/core/value.js';
import { isGlob, matchesGlob, wishOf } from '../../src/modules/apt/names.js';
import apt from '../../src/modules/apt.js';
import { argsOf, task, whats } from './doing.js';
import { canOverlay, type Overlay, overlay } from './overlay.js';

describe('names', () => {
  it.each([
    ['zeek', { name: 'zeek' }],
    ['zeek=8.0*', { name: 'zeek', version: { is: '=', pattern: '8.0*' } }],
    ['zeek>=8.0-1', { name: 'zeek', version: { is: '>=', pattern: '8.0-1' } }],
    ['libc6:i386', { name: 'libc6:i386' }],
    ['g++', { name: 'g++' }],
    ['linux-headers-*', { name: 'linux-headers-*' }],
  ])('%s', (text, wish) => expect(wishOf(text)).toEqual({ text, ...wish }));

  it.each(['-o', 'a b', 'a;b', '$(a)', "a'", 'a=$(b)', 'a\nb', '', '=1', '`a`', 'a|b', 'a&', '/x.deb'])(
    'refuses %j',
    text => {
      expect(wishOf(text)).toBeUndefined();
      expect(() => argsOf(apt, { name: [text] })).toThrow(/no package name/);
    },
  );

  it.each([
    ['zeek*', 'zeek-core', true],
    ['zeek', 'zeek-core', false],
    ['lib?.so+', 'libc.so+', true],
    ['1.[0-4]*', '1.3-2', true],
    ['1.[!0-4]*', '1.3-2', false],
    ['1.2', '1x2', false],
  ])('%s against %s: %s', (pattern, text, fits) => expect(matchesGlob(pattern, text)).toBe(fits));
  it('knows a glob', () => expect(['a*', 'a[1]', 'a?', 'g++'].map(isGlob)).toEqual([true, true, true, false]));
});

describe('arguments', () => {
  it.each([
    [{ pkg: 'a, b' }, { name: ['a', 'b'], state: 'present' }],
    [
      { package: 'a', 'update-cache': 'yes' },
      { name: ['a'], update_cache: true },
    ],
    [{ upgrade: true }, { upgrade: 'yes' }],
    [{ upgrade: false, name: 'a' }, { upgrade: 'no' }],
    [{ name: 'a', default_release: 'bookworm-backports' }, { default_release: 'bookworm-backports' }],
  ])('takes %j', (given, parsed) => expect(argsOf(apt, given)).toMatchObject(parsed));
  it.each([
    [{ name: 'a', upgrade: 'dist' }, /only one of/],
    [{ name: 'a', pkg: 'b' }, /pkg/],
    [{ name: 'a', dpkg_options: 'x y' }, /no option/],
  ])('refuses %j', (given, why) => expect(() => argsOf(apt, given)).toThrow(why));
});

/** A package archive of our own, so that nothing is fetched from anywhere. */
const archive = `
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*; rm -rf /var/lib/apt/lists/*_* /etc/apt/apt.conf.d/*proxy*
mkdir -p /repo; cd /repo
make() { mkdir -p b/DEBIAN b/etc; printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n%s' "$1" "$2" "$3" >b/DEBIAN/control
  printf '%s\\n' "$1 $2" >"b/etc/$1.conf"; echo "/etc/$1.conf" >b/DEBIAN/conffiles; dpkg-deb -b b "$1_$2_all.deb" >/dev/null; rm -r b; }
make rmtest 1.0; make rmtest-extra 1.0; make rmtest-provider 1.0 'Provides: rmtest-virtual
'; make rmtest-broken 1.0 'Depends: rmtest-nowhere
'
index() { for f in *.deb; do dpkg-deb -f $f; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $f $(stat -c %s $f) $(sha256sum $f | cut -d' ' -f1); done >Packages; }
index
echo 'deb [trusted=yes] file:/repo ./' >/etc/apt/sources.list`;

describe.skipIf(!canOverlay())('packages for real', () => {
  let on: Overlay;
  beforeAll(async () => {
    on = await overlay();
    on.set(archive);
  });
  afterAll(() => on.close());
  const installed = () =>
    on.set(`dpkg-query -W -f '\${Package} \${Version} \${db:Status-Abbrev}\\n' 'rmtest*' 2>/dev/null || :`);

  it('says that a package is not there when the lists are gone', () => {
    const { plan } = task(apt, { name: 'rmtest' }, on);
    expect(isBlocked(plan) && plan.blocked).toMatch(
      /No package matching 'rmtest' is available; the target has no package lists/,
    );
    expect(isBlocked(plan) && plan.foreseen).toHaveLength(1);
  });

  it('fetches the lists and installs, with an account of it; then there is nothing to do', () => {
    const seen = task(apt, { name: ['rmtest', 'dash'], update_cache: true, cache_valid_time: 3600 }, on);
    expect(whats(seen.plan)).toEqual(['package lists', 'install rmtest']);
    expect(seen.foreseen).toMatchObject({ cache_updated: true });
    expect(seen.result).toMatchObject({ changed: true, cache_updated: true });
    expect(seen.result.stdout).toMatch(/Setting up rmtest \(1\.0\)/);
    expect(seen.again).toEqual([]);
    expect(installed()).toContain('rmtest 1.0 ii');
    expect(task(apt, { name: 'rmtest', update_cache: true }, on).plan).toEqual([]);
  });

  it('tells fresh lists from stale ones', () => {
    expect(task(apt, { update_cache: true, cache_valid_time: 3600 }, on).plan).toEqual([]);
    on.set('touch -d "2 hours ago" /var/lib/apt/lists; rm -f /var/lib/apt/periodic/update-success-stamp');
    const seen = task(apt, { cache_valid_time: 3600 }, on);
    expect(whats(seen.plan)).toEqual(['package lists']);
    expect(seen.status).toBe(0);
  });

  it('finds a slip in a name before it acts, and what is provided', () => {
    const { plan } = task(apt, { name: ['rmtest', 'rmtset'] }, on);
    expect(isBlocked(plan) && plan.blocked).toBe("No package matching 'rmtset' is available");
    expect(whats(task(apt, { name: 'rmtest-virtual' }, on).plan)).toEqual(['install rmtest-virtual']);
    expect(task(apt, { name: 'rmtest-virtual' }, on).plan).toEqual([]);
    expect(installed()).toContain('rmtest-provider 1.0 ii');
  });

  it('takes versions, globs and latest', () => {
    expect(task(apt, { name: 'rmtest=1.*' }, on).plan).toEqual([]);
    expect(task(apt, { name: 'rmtest>=0.9' }, on).plan).toEqual([]);
    expect(task(apt, { name: 'rmtest', state: 'latest' }, on).plan).toEqual([]);
    on.set(
      `cd /repo; ${archive
        .split('\n')
        .filter(line => /^(make\(| {2}printf '%s\\n' "\$1|index\(\))/.test(line.replaceAll('\\\\', '\\')))
        .join('\n')}\nmake rmtest 2.0; index`,
    );
    const blind = task(apt, { name: 'rmtest', state: 'latest', update_cache: true }, on);
    expect(whats(blind.plan)).toEqual(['package lists', 'install rmtest']);
    expect(blind.foreseen.changed).toBeInstanceOf(Unknown);
    expect(blind.result).toMatchObject({ changed: true });
    expect(installed()).toContain('rmtest 2.0 ii');
    expect(task(apt, { name: 'rmtest', state: 'latest', update_cache: true }, on).result).toMatchObject({
      changed: false,
    });
    expect(task(apt, { name: 'rmtest>=2.1' }, on).result.msg).toBeUndefined();
    const down = task(apt, { name: 'rmtest=1.0' }, on);
    expect(down.status).not.toBe(0);
    expect(down.result.msg).toMatch(/downgraded/);
    expect(task(apt, { name: 'rmtest=1.0', allow_downgrade: true }, on).again).toEqual([]);
    expect(whats(task(apt, { name: 'rmtest-e*' }, on).plan)).toEqual(['install rmtest-extra']);
  });

  it('removes, and purges what is left of it', () => {
    const seen = task(apt, { name: 'rmtest-ex*', state: 'absent' }, on);
    expect(whats(seen.plan)).toEqual(['remove rmtest-extra']);
    expect(seen.again).toEqual([]);
    const purge = task(apt, { name: 'rmtest-extra', state: 'absent', purge: true }, on);
    expect(whats(purge.plan)).toEqual(['remove rmtest-extra']);
    expect(purge.again).toEqual([]);
    expect(task(apt, { name: 'never-heard-of', state: 'absent' }, on).plan).toEqual([]);
  });

  it('installs a package file', () => {
    const seen = task(apt, { deb: '/repo/rmtest-extra_1.0_all.deb' }, on);
    expect(whats(seen.plan)).toEqual(['rmtest-extra']);
    expect(seen.again).toEqual([]);
    const { plan } = task(apt, { deb: '/repo/nosuch.deb' }, on);
    expect(isBlocked(plan) && plan.blocked).toBe('/repo/nosuch.deb: no such file');
  });

  it('upgrades all that a simulation names', () => {
    const seen = task(apt, { upgrade: 'dist' }, on);
    expect(whats(seen.plan)).toEqual(['dist-upgrade']);
    expect(seen.plan).toMatchObject([{ after: expect.stringMatching(/^Inst rmtest /m) }]);
    expect(seen.again).toEqual([]);
  });

  it('hands on why apt failed', () => {
    const { result, status } = task(apt, { name: 'rmtest-broken' }, on);
    expect(status).toBe(100);
    expect(result.msg).toMatch(/unmet dependencies|held broken/);
  });

  it('names who holds the lock', async () => {
    const hold = spawn(
      on.through![0]!,
      [
        ...on.through!.slice(1),
        'python3',
        '-c',
        'import fcntl,time\nf=open("/var/lib/dpkg/lock-frontend","w")\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint("held",flush=True)\ntime.sleep(60)',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    await new Promise(resolve => hold.stdout!.once('data', resolve));
    const { result } = task(apt, { name: 'rmtest-extra', state: 'absent', lock_timeout: 1 }, on);
    hold.kill('SIGKILL');
    expect(result.msg).toMatch(/held by process \d+ \(python3/);
  });

  it('starts no service where policy_rc_d forbids it, and leaves no policy behind', () => {
    const policy = () => on.set('tail -n +1 /usr/sbin/policy-rc.d* 2>/dev/null || :');
    for (const before of ['rm -f /usr/sbin/policy-rc.d', 'echo mine >/usr/sbin/policy-rc.d']) {
      on.set(before);
      const found = policy();
      const state = before.startsWith('rm') ? 'absent' : 'present';
      expect(task(apt, { name: 'rmtest-extra', state, policy_rc_d: 101 }, on).again).toEqual([]);
      expect(policy()).toBe(found);
    }
    on.set('rm /usr/sbin/policy-rc.d');
    expect(task(apt, { name: 'rmtest-extra', state: 'absent' }, on).again).toEqual([]);
  });

  it('is not stopped by a cut connection', () => {
    const args = argsOf(apt, { name: 'rmtest-extra' });
    const [change] = apt.plan(
      args,
      apt
        .probe(args, { found: [] })
        .parse({ stdout: 'lists\tfresh\ncan\trmtest-extra\nis\t1.0\n', stderr: '', status: 0 }),
      { found: [] },
    ) as any;
    // The reader goes away at once: the shell that passes output on dies of it, dpkg does not.
    on.set(
      `sh -c ${`'${change.apply.text.replaceAll("'", `'\\''`)}'`} 2>/dev/null | true; for i in 1 2 3 4 5 6 7 8 9 10; do dpkg-query -W -f '\${db:Status-Abbrev}' rmtest-extra 2>/dev/null | grep -q ii && exit 0; sleep 0.5; done; exit 1`,
    );
    expect(installed()).toContain('rmtest-extra 1.0 ii');
  });
});
