import { parse } from 'yaml';
import { blobOf } from '../../src/core/blob.js';
import type { AnyModule, Found, Need } from '../../src/core/module.js';
import { type Sh, sh } from '../../src/core/sh.js';
import { registry } from '../../src/modules/index.js';

/** Modules whose example cannot be done in a scratch host, and why. Looking and planning is tested all the same. */
export const NOT_DONE_HERE: { readonly [module: string]: string } = {
  apt: 'brings a package from the network',
  ethtool: 'needs a network card that has rings',
  modprobe: 'would change the kernel of the machine that tests',
};

/** What an example takes for granted on its host. */
export const SCENERY: { readonly [module: string]: Sh } = {
  capabilities: sh`cp /bin/true /usr/bin/dumpcap`,
  git: sh`git init -q --bare /srv/example.git && git init -q /tmp/g && cd /tmp/g && git -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m first && git push -q /srv/example.git HEAD:master HEAD:main`,
  make: sh`mkdir -p /usr/src/example && printf 'all: made\\nmade:\\n\\t@touch made\\n' >/usr/src/example/Makefile`,
  subversion: sh`svnadmin create /srv/svn && svn mkdir -q -m first file:///srv/svn/trunk`,
};

/** The arguments of a module's example, as the loader would hand them to its schema. */
export function exampleOf(module: AnyModule): { readonly args: unknown; readonly names: readonly string[] } {
  const tasks: unknown = parse(module.example);
  if (!Array.isArray(tasks) || tasks.length !== 1) throw new Error('an example is a list of one task');
  const { name: _name, args: more, ...task } = tasks[0] as Record<string, unknown>;
  const [[key, raw] = ['', null]] = Object.entries(task).filter(([word]) => registry.get(word) === module);
  const isFree = typeof raw === 'string' && module.freeForm !== undefined;
  const args = isFree ? { [module.freeForm!]: raw, ...(more as object) } : { ...(raw as object), ...(more as object) };
  return { args, names: [key] };
}

export const foundFor = (need: Need): Found => ({
  kind: 'file',
  path: `/role/${need.path}`,
  blob: blobOf('#!/bin/sh\n:\n'),
  mode: 0o644,
});
