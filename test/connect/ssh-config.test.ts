import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SshConfig } from '../../src/connect/ssh-config.js';

const home = mkdtempSync(join(tmpdir(), 'rmtest-'));
afterAll(() => rmSync(home, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(home, '.ssh', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const file = write(
  'config',
  `# the first value counts
Include ${home}/.ssh/conf.d/*.conf
Host web1 web2 !web2
  HostName 10.0.0.1
  User "alice"
  Port=2201
  IdentityFile ~/.ssh/web_%r
  Include ${home}/.ssh/inside
  ConnectTimeout 3

Host web*
  User nobody
  Port 2299
  IdentityFile ~/.ssh/any
  IdentitiesOnly yes

Match host 10.0.0.1 user alice
  HostKeyAlias matched

Match originalhost web2,web3 user *,!nobody
  HostKeyAlias not-nobody

Match !host web1
  StrictHostKeyChecking accept-new

host quoted "with space"
  hostname q.example

Host jumping
  ProxyJump bob@bastion:2022,second
  ProxyCommand nc %h %p

Host commanded
  ProxyCommand nc %h %p
  ProxyJump bastion

Host *
  UserKnownHostsFile ~/.ssh/known_a ~/.ssh/known_b
  Port 22
`,
);
write('conf.d/10.conf', 'Host included\n  Port 1010\n');
write('conf.d/20.conf', 'Host included\n  Port 2020\n  User twenty\n');
write('conf.d/.hidden.conf', 'Host *\n  Port 1\n');
write('conf.d/other', 'Host *\n  Port 2\n');
write('inside', 'HostKeyAlias from-inside\nHost web1\n  LogLevel DEBUG\nHost web9\n  LogLevel QUIET\n');

const localUser = userInfo().username;
const settings = (alias: string, user?: string) => new SshConfig([file]).settings({ alias, user, localUser, home });

describe('SshConfig', () => {
  // ssh -G does not know another home, so paths with ~ are compared below.
  it.each(['web1', 'web2', 'web3', 'included', 'quoted', 'jumping', 'other.example'])(
    'says of %s what ssh -G says',
    alias => {
      const said = execFileSync('ssh', ['-G', '-F', file, alias], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ours = settings(alias);
      for (const [name, fallback] of [
        ['user', localUser],
        ['port', '22'],
        ['hostname', alias],
        ['identitiesonly', 'no'],
        ['loglevel', 'INFO'],
        ['proxyjump', undefined],
        ['hostkeyalias', undefined],
        ['connecttimeout', 'none'],
      ] as const) {
        const theirs = new RegExp(`^${name} (.*)$`, 'm').exec(said)?.[1];
        expect([name, ours.get(name)?.[0] ?? fallback]).toEqual([name, theirs]);
      }
    },
  );

  it('gathers identity files, and keeps to the block after an Include in it', () => {
    expect(settings('web1').get('identityfile')).toEqual(['~/.ssh/web_%r', '~/.ssh/any']);
    expect(settings('web1').get('connecttimeout')).toEqual(['3']);
    expect(settings('web1').get('hostkeyalias')).toEqual(['from-inside']);
    expect(settings('web2').get('hostkeyalias')).toBeUndefined();
    expect(settings('web1').get('userknownhostsfile')).toEqual(['~/.ssh/known_a', '~/.ssh/known_b']);
  });

  it('lets a given user go first, in matches too', () => {
    expect(settings('web3', 'carol').get('user')).toEqual(['carol']);
    expect(settings('web3', 'carol').get('hostkeyalias')).toEqual(['not-nobody']);
  });

  it('takes the first of ProxyJump and ProxyCommand', () => {
    expect(settings('jumping').has('proxycommand')).toBe(false);
    expect(settings('commanded').has('proxyjump')).toBe(false);
  });

  it('never runs what Match exec says', () => {
    const executing = write('executing', `Match exec "touch ${home}/ran"\n  Port 1\nHost *\n  Port 2\n`);
    expect(new SshConfig([executing]).settings({ alias: 'a', localUser, home }).get('port')).toEqual(['2']);
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });

  it('finds relative files beside the outermost one', () => {
    const outer = write('outer', 'Include deep/*.conf\n');
    write('deep/a.conf', 'Include leaf\n');
    write('leaf', 'Host *\n  Port 7\n');
    expect(new SshConfig([outer]).settings({ alias: 'a', localUser, home }).get('port')).toEqual(['7']);
  });

  it('is empty without files, and names one that makes no sense', () => {
    expect(new SshConfig([join(home, 'none')]).settings({ alias: 'a', localUser, home }).size).toBe(0);
    const bad = write('bad', 'Host a\n  User "b\n');
    expect(() => new SshConfig([bad]).settings({ alias: 'a', localUser, home })).toThrow(bad);
    const loop = write('loop', 'Include loop\n');
    expect(() => new SshConfig([loop]).settings({ alias: 'a', localUser, home })).toThrow('nested');
  });
});
