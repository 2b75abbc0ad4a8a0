import { type Sh, sh } from '../../src/core/sh.js';

/** A task, and what it finds on its host. */
export interface Case {
  readonly module: string;
  readonly args: { readonly [name: string]: unknown };
  readonly scenery?: Sh;
  /** Programs that the user calls by it: what they do is theirs. */
  readonly own?: readonly string[];
}

const hundred = sh`i=0; while [ $i -lt 100 ]; do echo "line $i"; i=$((i + 1)); done >/srv/f; chmod 640 /srv/f`;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtQLcHcPQ8Gsi3kBfKvBT4fVvCH1o4vVHdGgp2x0XBN manager';
const linked = sh`${hundred}; ln -s /srv/f /srv/l`;
const tree = sh`mkdir -p /srv/t/sub; echo a >/srv/t/a; echo b >/srv/t/sub/b; ln -s a /srv/t/l`;

/** Beside the examples of the modules: what takes other tools. */
export const CASES: readonly Case[] = [
  { module: 'lineinfile', args: { path: '/srv/f', line: 'more' }, scenery: hundred },
  { module: 'lineinfile', args: { path: '/srv/l', line: 'more' }, scenery: linked },
  {
    module: 'lineinfile',
    args: { path: '/srv/f', line: 'more', owner: 'daemon', group: 'daemon', mode: '0600', backup: true },
    scenery: hundred,
  },
  { module: 'lineinfile', args: { path: '/srv/f', regexp: '^line 7', state: 'absent' }, scenery: hundred },
  { module: 'blockinfile', args: { path: '/srv/f', block: 'a\nb' }, scenery: hundred },
  { module: 'replace', args: { path: '/srv/f', regexp: 'line', replace: 'LINE' }, scenery: hundred },
  {
    module: 'replace',
    args: { path: '/srv/f', regexp: 'line 7', replace: 'x', validate: 'test -s %s' },
    scenery: hundred,
  },
  { module: 'assemble', args: { src: '/srv/t', dest: '/srv/f' }, scenery: sh`${hundred}; ${tree}` },
  {
    module: 'authorized_key',
    args: { user: 'root', key: KEY },
    scenery: sh`mkdir -p -m 700 /root/.ssh; echo old >/root/.ssh/authorized_keys`,
  },
  {
    module: 'authorized_key',
    args: { user: 'games', key: KEY },
    scenery: sh`mkdir -p /usr/games; chown games /usr/games`,
  },
  {
    module: 'known_hosts',
    args: { name: 'h', key: `h ${KEY}`, path: '/srv/f' },
    scenery: sh`echo 'other ${KEY}' >/srv/f`,
  },
  {
    module: 'sysctl',
    args: { name: 'a.b', value: '1', sysctl_file: '/srv/f', reload: false },
    scenery: sh`echo 'c.d = 1' >/srv/f`,
  },
  {
    module: 'sysctl',
    args: { name: 'kernel.ostype', value: 'Linux', sysctl_file: '/srv/f' },
    scenery: sh`echo 'c.d = 1' >/srv/f`,
  },
  { module: 'copy', args: { content: 'new\n', dest: '/srv/f' }, scenery: hundred },
  {
    module: 'copy',
    args: { content: 'x'.repeat(20_000), dest: '/srv/f', owner: 'daemon', backup: true },
    scenery: hundred,
  },
  { module: 'copy', args: { content: 'new\n', dest: '/srv/f', group: 'staff', mode: 'u+x' }, scenery: hundred },
  {
    module: 'copy',
    args: { src: '/srv/f', dest: '/srv/g', remote_src: true },
    scenery: sh`${hundred}; echo old >/srv/g`,
  },
  {
    module: 'copy',
    args: { src: '/srv/t/', dest: '/srv/u', remote_src: true, owner: 'daemon' },
    scenery: sh`${tree}; mkdir /srv/u; echo z >/srv/u/a`,
  },
  { module: 'file', args: { path: '/srv/f', owner: 'daemon', group: 'daemon', mode: '0600' }, scenery: hundred },
  { module: 'file', args: { path: '/srv/n/m', state: 'directory', owner: 'daemon' } },
  {
    module: 'file',
    args: { path: '/srv/t', state: 'directory', recurse: true, owner: 'daemon', mode: 'u=rwX,go=' },
    scenery: tree,
  },
  { module: 'file', args: { path: '/srv/t', state: 'absent' }, scenery: tree },
  { module: 'file', args: { path: '/srv/f', state: 'absent' }, scenery: hundred },
  {
    module: 'file',
    args: { path: '/srv/l', src: '/srv/f', state: 'link', force: true },
    scenery: sh`${hundred}; ln -s /srv/other /srv/l`,
  },
  { module: 'file', args: { path: '/srv/h', src: '/srv/f', state: 'hard' }, scenery: hundred },
  {
    module: 'file',
    args: { path: '/srv/new', state: 'touch', modification_time: 'preserve', access_time: 'preserve' },
  },
  {
    module: 'file',
    args: { path: '/srv/f', modification_time: '202001020304.05', access_time: 'preserve' },
    scenery: sh`${hundred}; touch -t 202101010000 /srv/f`,
  },
  { module: 'stat', args: { path: '/srv/l' }, scenery: linked },
  { module: 'stat', args: { path: '/srv/f', checksum_algorithm: 'sha256', get_mime: true }, scenery: hundred },
  { module: 'slurp', args: { src: '/srv/f' }, scenery: hundred },
  { module: 'slurp', args: { src: '/proc/sys/kernel/ostype' } },
  {
    module: 'find',
    args: { paths: '/srv', contains: 'line 7', get_checksum: true, age: '-1d' },
    scenery: sh`${hundred}; ${tree}`,
  },
  { module: 'shell', args: { cmd: 'echo said; echo made >/srv/made' } },
  { module: 'shell', args: { cmd: 'exit 3' } },
  { module: 'shell', args: { cmd: 'read x; echo "$x" >/srv/made', stdin: 'given' } },
  { module: 'command', args: { cmd: 'touch /srv/made' }, own: ['touch'] },
  { module: 'raw', args: { cmd: 'echo made >/srv/made' } },
  { module: 'user', args: { name: 'games', shell: '/bin/sh', groups: 'audio', append: true } },
  { module: 'user', args: { name: 'games', state: 'absent' } },
  {
    module: 'user',
    args: { name: 'carol', uid: 4242, password: '$6$a$b', generate_ssh_key: true, ssh_key_type: 'ed25519' },
  },
  { module: 'group', args: { name: 'games', state: 'absent', force: true } },
  { module: 'group', args: { name: 'games', gid: 4242 } },
  {
    module: 'cron',
    args: { name: 'rotate', special_time: 'daily', job: '/bin/true' },
    scenery: sh`printf '1 2 3 4 5 /bin/old\n' | crontab -`,
  },
  {
    module: 'cron',
    args: { name: 'rotate', special_time: 'daily', job: '/bin/true', cron_file: 'old', user: 'root' },
    scenery: sh`printf '1 2 3 4 5 root /bin/old\n' >/etc/cron.d/old`,
  },
  { module: 'git', args: { repo: '/srv/example.git', dest: '/srv/clone' } },
  { module: 'subversion', args: { repo: 'file:///srv/svn/trunk', dest: '/srv/work' } },
  { module: 'package_facts', args: {} },
  { module: 'apt', args: { name: 'coreutils' } },
  { module: 'getent', args: { database: 'passwd', key: 'nobody-of-that-name', fail_key: false } },
  { module: 'wait_for', args: { path: '/srv/f', search_regex: 'line 99', timeout: 1 }, scenery: hundred },
];
