import { blobOf } from '../../../src/core/blob.js';
import type { AnyModule, Given } from '../../../src/core/module.js';
import assemble from '../../../src/modules/assemble.js';
import authorizedKey from '../../../src/modules/authorized_key.js';
import blockinfile from '../../../src/modules/blockinfile.js';
import copy from '../../../src/modules/copy.js';
import file from '../../../src/modules/file.js';
import knownHosts from '../../../src/modules/known_hosts.js';
import lineinfile from '../../../src/modules/lineinfile.js';
import keypair from '../../../src/modules/openssh_keypair.js';
import replace from '../../../src/modules/replace.js';
import template from '../../../src/modules/template.js';
import { fileFound } from '../../modules/doing.js';

/** What stands in mallory's directory before a task. */
export type Prop = 'nothing' | 'file' | 'directory';

/** One way to write at a goal. `@` is the goal's path. */
export interface Scene {
  readonly name: string;
  readonly module: AnyModule;
  readonly args: { readonly [name: string]: unknown };
  readonly prop: Prop;
  readonly given?: Given;
  /** Busybox has no way that holds, and refuses. */
  readonly needsGnu?: true;
  /** It changes something each time. */
  readonly always?: true;
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtQLcHcPQ8Gsi3kBfKvBT4fVvCH1o4vVHdGgp2x0XBN manager';
const owned = { owner: 'nobody', mode: '0666' };

export const SCENES: readonly Scene[] = [
  { name: 'copy', module: copy, args: { content: 'hello\n', dest: '@', ...owned }, prop: 'nothing' },
  { name: 'copy, as it comes', module: copy, args: { content: 'hello\n', dest: '@' }, prop: 'nothing' },
  {
    name: 'copy of a large file',
    module: copy,
    args: { content: 'x'.repeat(300_000), dest: '@', ...owned },
    prop: 'nothing',
  },
  { name: 'copy over a file', module: copy, args: { content: 'hello\n', dest: '@', ...owned }, prop: 'file' },
  { name: 'copy with backup', module: copy, args: { content: 'hello\n', dest: '@', backup: true }, prop: 'file' },
  {
    name: 'copy with a check',
    module: copy,
    args: { content: 'hello\n', dest: '@', validate: 'grep -q hello %s', ...owned },
    prop: 'file',
  },
  {
    name: 'attributes by copy',
    module: copy,
    args: { content: 'old\n', dest: '@', ...owned, mode: '0606' },
    prop: 'file',
  },
  {
    name: 'template',
    module: template,
    args: { src: 't.j2', dest: '@', ...owned },
    prop: 'nothing',
    given: fileFound('t.j2', blobOf('hello\n')),
  },
  { name: 'lineinfile', module: lineinfile, args: { path: '@', line: 'one more', ...owned }, prop: 'file' },
  { name: 'lineinfile, new', module: lineinfile, args: { path: '@', line: 'one', create: true }, prop: 'nothing' },
  { name: 'blockinfile', module: blockinfile, args: { path: '@', block: 'one more' }, prop: 'file' },
  { name: 'replace', module: replace, args: { path: '@', regexp: 'old', replace: 'new' }, prop: 'file' },
  {
    name: 'authorized_key',
    module: authorizedKey,
    args: { user: 'nobody', key: KEY, path: '@', manage_dir: false },
    prop: 'file',
  },
  { name: 'attributes of a file', module: file, args: { path: '@', owner: 'daemon', mode: '0666' }, prop: 'file' },
  {
    name: 'attributes of a directory',
    module: file,
    args: { path: '@', group: 'daemon', mode: '0707' },
    prop: 'directory',
  },
  { name: 'a new directory', module: file, args: { path: '@', state: 'directory', ...owned }, prop: 'nothing' },
  { name: 'a deep directory', module: file, args: { path: '@/a/b', state: 'directory', ...owned }, prop: 'nothing' },
  {
    name: 'recurse',
    module: file,
    args: { path: '@', recurse: true, group: 'daemon', mode: 'o+w' },
    prop: 'directory',
  },
  { name: 'touch', module: file, args: { path: '@', state: 'touch', ...owned }, prop: 'nothing', always: true },
  { name: 'touch of a file', module: file, args: { path: '@', state: 'touch' }, prop: 'file', always: true },
  { name: 'times', module: file, args: { path: '@', modification_time: '200101010000.00' }, prop: 'file' },
  { name: 'absent file', module: file, args: { path: '@', state: 'absent' }, prop: 'file' },
  { name: 'absent directory', module: file, args: { path: '@', state: 'absent' }, prop: 'directory' },
  {
    name: 'link',
    module: file,
    args: { path: '@', src: '/nowhere', state: 'link', force: true, follow: false },
    prop: 'nothing',
  },
  {
    name: 'link instead of a file',
    module: file,
    args: { path: '@', src: '/nowhere', state: 'link', force: true, follow: false },
    prop: 'file',
  },
  {
    name: 'hard link',
    module: file,
    args: { path: '@/2nd', src: '@/inner', state: 'hard' },
    prop: 'directory',
    needsGnu: true,
  },
  {
    name: 'authorized_key and its directory',
    module: authorizedKey,
    args: { user: 'nobody', key: KEY, path: '@/keys' },
    prop: 'directory',
  },
  {
    name: 'known_hosts',
    module: knownHosts,
    args: { name: 'example.com', key: `example.com ${KEY}`, path: '@' },
    prop: 'file',
  },
  {
    name: 'openssh_keypair',
    module: keypair,
    args: { path: '@/id', type: 'ed25519', owner: 'nobody' },
    prop: 'directory',
  },
  { name: 'assemble', module: assemble, args: { src: '/etc/profile.d', dest: '@', ...owned }, prop: 'nothing' },
  {
    name: 'copy on the target',
    module: copy,
    args: { src: '/etc/hostname', dest: '@', remote_src: true, ...owned },
    prop: 'file',
  },
  {
    name: 'a tree on the target',
    module: copy,
    args: { src: '/etc/dpkg/', dest: '@', remote_src: true, owner: 'nobody' },
    prop: 'nothing',
  },
  {
    name: 'a tree over another',
    module: copy,
    args: { src: '/etc/dpkg/', dest: '@', remote_src: true },
    prop: 'directory',
  },
  { name: 'a tree', module: copy, args: { src: 'tree/', dest: '@', ...owned }, prop: 'nothing', given: tree(3) },
  {
    name: 'a large tree',
    module: copy,
    args: { src: 'tree/', dest: '@', owner: 'nobody', directory_mode: '0777' },
    prop: 'nothing',
    given: tree(20),
  },
];

/** A tree of so many files of the controller. */
function tree(files: number): Given {
  const paths = Array.from({ length: files }, (_, i) => `deep/${i}`);
  return {
    found: [
      {
        kind: 'tree',
        path: '/tree',
        directories: ['deep'],
        files: paths.map(path => ({ path, blob: blobOf('hello\n'), mode: 0o644 })),
      },
    ],
  };
}
