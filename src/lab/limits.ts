import { readFileSync, writeFileSync } from 'node:fs';
import type { Say } from './layer.js';

const INSTANCES = '/proc/sys/fs/inotify/max_user_instances';
/** What one booted host may hold open of them: systemd, journald, logind, dbus, rsyslog, and their children. */
const PER_HOST = 24;
/** The kernel's default for the whole machine; what the machine itself uses is well below it. */
const FOR_THE_MACHINE = 128;

/**
 * Makes room for the hosts' file watches: all hosts share root's count, and a systemd that gets none does not boot
 * (inotify(7)). Raises the kernel's limit where it would not do, and says so; a limit raised harms nobody, so it stays.
 */
export function allowWatches(hosts: number, say: Say): void {
  const present = Number(readFileSync(INSTANCES, 'utf8'));
  const wanted = FOR_THE_MACHINE + PER_HOST * Math.max(hosts, 64);
  if (present >= wanted) return;
  say(`lab   raising fs.inotify.max_user_instances from ${present} to ${wanted}`);
  writeFileSync(INSTANCES, `${wanted}\n`);
}
