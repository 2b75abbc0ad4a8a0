import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { Secret } from '../../src/core/secret.js';
import { Unknown } from '../../src/core/value.js';
import getent from '../../src/modules/getent.js';
import group from '../../src/modules/group.js';
import user from '../../src/modules/user.js';
import { argsOf, SHELLS, task, whats } from './doing.js';
import { canOverlay, type Overlay, overlay } from './overlay.js';

describe('arguments', () => {
  it.each(['-o', 'a b', 'a:b', 'a\nb', '$(touch /PWNED)', "';x", '', '0', '../x'])('refuse %j as a name', name => {
    expect(() => argsOf(user, { name })).toThrow(/no login name/);
    expect(() => argsOf(group, { name })).toThrow(/no group name/);
  });
  it.each([
    [{ comment: 'a:b' }, /colon/],
    [{ shell: '/bin/sh\nroot2:x:0:0' }, /line break/],
    [{ home: '/a:b' }, /colon/],
    [{ groups: ['-x'] }, /group names/],
    [{ umask: '9' }, /umask/],
  ])('refuse %j', (given, why) => expect(() => argsOf(user, { name: 'a', ...given })).toThrow(why));
  it.each([
    [
      { user: 'a', createhome: 'no' },
      { name: 'a', create_home: false },
    ],
    [{ groups: 'a, b' }, { groups: ['a', 'b'] }],
    [{ groups: '' }, { groups: [] }],
    [
      { uid: '1000', expires: '-1' },
      { uid: 1000, expires: -1 },
    ],
  ])('take %j', (given, parsed) =>
    expect(argsOf(user, { ...('user' in given ? {} : { name: 'a' }), ...given })).toMatchObject(parsed),
  );
  it('keep a password masked', () => {
    const given = argsOf(user, { name: 'a', password: '$6$salt$hash' });
    expect(given.password).toBeInstanceOf(Secret);
    const [change] = user.plan(given, user.probe(given, { found: [] }).parse({ stdout: '', stderr: '', status: 0 }), {
      found: [],
    }) as any;
    expect(change.apply.shown).not.toContain('$6$');
    expect(change.apply.text).toContain('$6$salt$hash');
    expect(user.probe(given, { found: [] }).script.shown).not.toContain('$6$');
  });
});

describe.skipIf(!canOverlay())('accounts for real', () => {
  let on: Overlay;
  beforeAll(async () => {
    on = await overlay();
  });
  afterAll(() => on.close());
  const entry = (name: string) => on.set(`getent passwd ${name} || :`).trim();
  const hash = '$6$saltsalt$abcdefghijklmnopqrstuvwxyz./0123456789';

  it('makes a group, changes its number, removes it', () => {
    const made = task(group, { name: 'rmgrp' }, on);
    expect(whats(made.plan)).toEqual(['group rmgrp']);
    expect(made.foreseen.gid).toBeInstanceOf(Unknown);
    expect(made.result.gid).toBeGreaterThan(0);
    expect(made.again).toEqual([]);
    expect(task(group, { name: 'rmgrp' }, on).result).toMatchObject({ gid: made.result.gid, state: 'present' });
    const moved = task(group, { name: 'rmgrp', gid: 4711 }, on);
    expect(moved.plan).toMatchObject([{ what: 'gid of rmgrp', after: 4711 }]);
    expect(moved.again).toEqual([]);
    const taken = task(group, { name: 'rmother', gid: 4711 }, on);
    expect(taken.status).not.toBe(0);
    expect(task(group, { name: 'rmother', gid: 4711, non_unique: true }, on).again).toEqual([]);
    expect(task(group, { name: 'rmgrp', state: 'absent' }, on).again).toEqual([]);
  });

  it.each(SHELLS)('looks the same under %s %s', (...shell) => {
    const made = task(user, { name: 'root', groups: 'adm', append: true, password_lock: true }, { ...on, shell });
    expect(whats(made.plan).filter(what => !what.startsWith('lock'))).toEqual(
      shell[0] === 'dash' ? ['groups of root'] : [],
    );
    expect(made.again).toEqual([]);
  });

  it('makes an account as the howto means it: open to keys, closed to passwords', () => {
    const seen = task(
      user,
      {
        name: 'bro',
        shell: '/bin/bash',
        home: '/srv/deep/bro',
        password: '*',
        comment: "It's me, $(touch /PWNED)",
        umask: '077',
      },
      on,
    );
    expect(whats(seen.plan)).toEqual(['user bro']);
    expect(seen.foreseen.uid).toBeInstanceOf(Unknown);
    expect(seen.status).toBe(0);
    expect(entry('bro')).toBe(
      `bro:x:${seen.result.uid}:${seen.result.group}:It's me, $(touch /PWNED):/srv/deep/bro:/bin/bash`,
    );
    expect(
      on.set(
        'getent shadow bro | cut -d: -f2; stat -c "%U %a" /srv/deep/bro; ls -A /srv/deep/bro | grep -c bashrc; ls / | grep -c PWNED || :',
      ),
    ).toBe('*\nbro 700\n1\n0\n');
    expect(seen.again).toEqual([]);
  });

  it('changes only what differs', () => {
    task(group, { name: 'rma' }, on);
    task(group, { name: 'rmb' }, on);
    const groups = (given: object) => task(user, { name: 'bro', ...given }, on);
    expect(groups({ groups: ['rma'] }).plan).toMatchObject([{ what: 'groups of bro', before: '', after: 'rma' }]);
    expect(groups({ groups: ['rmb'], append: true }).plan).toMatchObject([{ before: 'rma', after: 'rma,rmb' }]);
    expect(groups({ groups: ['rma'], append: true }).plan).toEqual([]);
    expect(groups({ groups: ['rma', 'rmb', 'bro'] }).plan).toEqual([]);
    expect(groups({ groups: ['rma'] }).again).toEqual([]);
    expect(groups({ groups: '' }).plan).toMatchObject([{ before: 'rma', after: '' }]);
    expect(groups({}).plan).toEqual([]);
    const many = groups({ shell: '/bin/sh', comment: 'x', uid: 4321, group: 'rma' });
    expect(whats(many.plan)).toEqual(['uid of bro', 'group of bro', 'comment of bro', 'shell of bro']);
    expect(many.again).toEqual([]);
    expect(many.result).toMatchObject({ uid: 4321, shell: '/bin/sh', comment: 'x', append: false, state: 'present' });
    expect(entry('bro')).toMatch(/^bro:x:4321:\d+:x:\/srv\/deep\/bro:\/bin\/sh$/);
  });

  it('sets passwords without showing them, and leaves an existing one with on_create', () => {
    const set = (given: object) => task(user, { name: 'bro', ...given }, on);
    const seen = set({ password: hash });
    expect(whats(seen.plan)).toEqual(['password of bro']);
    expect(seen.again).toEqual([]);
    expect(on.set('getent shadow bro | cut -d: -f2').trim()).toBe(hash);
    expect(JSON.stringify([seen.plan, seen.result])).not.toContain('saltsalt$abc"');
    expect(set({ password: '*', update_password: 'on_create' }).plan).toEqual([]);
    expect(whats(set({ password_lock: true }).plan)).toEqual(['lock of bro']);
    expect(set({ password: hash }).plan).toEqual([]);
    expect(set({ password_lock: false }).again).toEqual([]);
    expect(on.set('getent shadow bro | cut -d: -f2').trim()).toBe(hash);
    expect(set({ password: '!' }).again).toEqual([]);
    expect(set({ password: '*' }).again).toEqual([]);
  });

  it('sets when an account and a password end', () => {
    const seen = task(
      user,
      {
        name: 'bro',
        expires: 1893456000,
        password_expire_max: 90,
        password_expire_min: 1,
        password_expire_warn: 5,
        password_expire_account_disable: 7,
      },
      on,
    );
    expect(whats(seen.plan)).toEqual([
      'password minimum age of bro',
      'password maximum age of bro',
      'password warning of bro',
      'password inactivity of bro',
      'expiry of bro',
    ]);
    expect(seen.again).toEqual([]);
    expect(on.set('getent shadow bro | cut -d: -f4-8').trim()).toBe('1:90:5:7:21915');
    expect(task(user, { name: 'bro', expires: -1 }, on).again).toEqual([]);
  });

  it('says that a password cannot be read, rather than setting it each time', () => {
    const { plan } = task(
      user,
      { name: 'bro', password: hash },
      { ...on, through: [...on.through!, 'setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'] },
    );
    expect(isBlocked(plan) && plan.blocked).toMatch(/takes root/);
  });

  it('is blocked by a group that is not there, and foresees what would be done', () => {
    const { plan } = task(user, { name: 'rmnew', groups: ['rma', 'rmnowhere'], group: 'rmnot' }, on);
    expect(isBlocked(plan) && plan.blocked).toBe('Group rmnot does not exist; Group rmnowhere does not exist');
    expect(isBlocked(plan) && plan.foreseen?.map(change => change.what)).toEqual(['user rmnew']);
  });

  it('makes a home that is missing, moves one, and leaves others', () => {
    on.set('rm -r /srv/deep/bro');
    const seen = task(user, { name: 'bro' }, on);
    expect(whats(seen.plan)).toEqual(['home of bro']);
    expect(seen.again).toEqual([]);
    expect(on.set('stat -c %U /srv/deep/bro/.bashrc').trim()).toBe('bro');
    on.set('touch /srv/deep/bro/mine; mkdir -p /srv/new');
    expect(task(user, { name: 'bro', home: '/srv/new/bro', move_home: true }, on).again).toEqual([]);
    expect(on.set('ls /srv/new/bro/mine').trim()).toBe('/srv/new/bro/mine');
    expect(task(user, { name: 'bro', home: '/srv/third' }, on).again).toEqual([]);
    expect(on.set('stat -c %U /srv/third').trim()).toBe('bro');
    expect(task(user, { name: 'rmno', create_home: false, home: '/nonexistent' }, on).again).toEqual([]);
    expect(task(user, { name: 'rmno', create_home: false }, on).plan).toEqual([]);
  });

  it('makes a key pair of the account, once', () => {
    const seen = task(
      user,
      {
        name: 'bro',
        generate_ssh_key: true,
        ssh_key_type: 'ed25519',
        ssh_key_comment: 'c d',
        ssh_key_passphrase: 'p4ss p',
      },
      on,
    );
    expect(whats(seen.plan)).toEqual(['ssh key of bro']);
    expect(seen.status).toBe(0);
    expect(seen.again).toEqual([]);
    expect(seen.result).toMatchObject({
      ssh_key_file: '/srv/third/.ssh/id_ed25519',
      ssh_public_key: expect.stringMatching(/^ssh-ed25519 \S+ c d$/),
      ssh_fingerprint: expect.stringMatching(/^256 SHA256/),
    });
    expect(
      on.set(
        `cd /srv/third/.ssh; stat -c '%U %a' . id_ed25519 id_ed25519.pub; ssh-keygen -y -P 'p4ss p' -f id_ed25519 | cut -c1-11`,
      ),
    ).toBe('bro 700\nbro 600\nbro 644\nssh-ed25519\n');
    on.set('cd /srv/third; rm -r .ssh; ln -s /etc .ssh');
    const planted = task(user, { name: 'bro', generate_ssh_key: true, ssh_key_type: 'ed25519' }, on);
    expect(planted.outputs[0]!.stderr).toMatch(/is a link/);
    expect(on.set('ls /etc/id_ed25519 2>/dev/null || :')).toBe('');
  });

  it('makes system accounts, beside a group of their name too', () => {
    task(group, { name: 'rmsys' }, on);
    const seen = task(
      user,
      { name: 'rmsys', system: true, create_home: false, group: 'rmsys', shell: '/usr/sbin/nologin' },
      on,
    );
    expect(seen.result.uid).toBeLessThan(1000);
    expect(seen.again).toEqual([]);
    task(group, { name: 'rmsame' }, on);
    expect(task(user, { name: 'rmsame' }, on).again).toEqual([]);
  });

  it('removes an account with its home', () => {
    expect(task(user, { name: 'rmsame', state: 'absent', remove: true }, on).again).toEqual([]);
    expect(on.set('ls -d /home/rmsame 2>/dev/null || :')).toBe('');
    expect(task(user, { name: 'rmnever', state: 'absent' }, on).plan).toEqual([]);
  });

  it('touches nothing by looking', () => {
    const before = on.changed();
    task(user, { name: 'bro' }, on);
    expect(on.changed()).toEqual(before);
  });
});

describe.each(SHELLS)('getent under %s', (...shell) => {
  it('gives entries as facts', () => {
    const { result, plan } = task(getent, { database: 'passwd', key: 'root' }, { shell });
    expect(plan).toEqual([]);
    expect(result).toEqual({
      ansible_facts: { getent_passwd: { root: ['x', '0', '0', 'root', '/root', '/bin/bash'] } },
    });
    expect(task(getent, { database: 'group' }, { shell }).result.ansible_facts.getent_group.root).toEqual([
      'x',
      '0',
      '',
    ]);
    expect(
      task(getent, { database: 'services', key: 'ssh' }, { shell }).result.ansible_facts.getent_services.ssh,
    ).toEqual(['22/tcp']);
  });
  it('fails on a key that is not there, unless told not to', () => {
    const { plan } = task(getent, { database: 'passwd', key: 'nosuch' }, { shell });
    expect(isBlocked(plan) && plan.blocked).toBe(
      'One or more supplied key could not be found in the database. (passwd nosuch)',
    );
    expect(
      task(getent, { database: 'passwd', key: 'nosuch', fail_key: false }, { shell }).result.ansible_facts,
    ).toEqual({ getent_passwd: { nosuch: null } });
    expect(isBlocked(task(getent, { database: 'nosuchbase' }, { shell }).plan)).toBe(true);
  });
});

describe('without getent', () => {
  it('reads the files of /etc', () => {
    const bare = { shell: ['env', '-i', 'PATH=/nonexistent', '/bin/busybox', 'sh'] };
    expect(task(getent, { database: 'passwd', key: 'root' }, bare).result.ansible_facts.getent_passwd.root[4]).toBe(
      '/root',
    );
    expect(isBlocked(task(getent, { database: 'passwd', key: 'roo' }, bare).plan)).toBe(true);
    expect(whats(task(group, { name: 'root' }, bare).plan)).toEqual([]);
  });
});
