import { type AnyModule, registryOf } from '../core/module.js';
import apt from './apt.js';
import apt_repository from './apt_repository.js';
import assemble from './assemble.js';
import authorized_key from './authorized_key.js';
import blockinfile from './blockinfile.js';
import capabilities from './capabilities.js';
import command from './command.js';
import copy from './copy.js';
import cron from './cron.js';
import debconf from './debconf.js';
import ethtool from './ethtool.js';
import file from './file.js';
import find from './find.js';
import getent from './getent.js';
import git from './git.js';
import group from './group.js';
import hostname from './hostname.js';
import ip_link from './ip_link.js';
import known_hosts from './known_hosts.js';
import lineinfile from './lineinfile.js';
import make from './make.js';
import modprobe from './modprobe.js';
import openssh_keypair from './openssh_keypair.js';
import packages from './package.js';
import package_facts from './package_facts.js';
import ping from './ping.js';
import raw from './raw.js';
import replace from './replace.js';
import script from './script.js';
import service from './service.js';
import service_facts from './service_facts.js';
import shell from './shell.js';
import slurp from './slurp.js';
import stat from './stat.js';
import subversion from './subversion.js';
import sysctl from './sysctl.js';
import systemd_service from './systemd_service.js';
import tempfile from './tempfile.js';
import template from './template.js';
import timezone from './timezone.js';
import user from './user.js';
import wait_for from './wait_for.js';

/** All modules that come with ringmaster; one line each, by name. */
export const modules: readonly AnyModule[] = [
  apt,
  apt_repository,
  assemble,
  authorized_key,
  blockinfile,
  capabilities,
  command,
  copy,
  cron,
  debconf,
  ethtool,
  file,
  find,
  getent,
  git,
  group,
  hostname,
  ip_link,
  known_hosts,
  lineinfile,
  make,
  modprobe,
  openssh_keypair,
  packages,
  package_facts,
  ping,
  raw,
  replace,
  script,
  service,
  service_facts,
  shell,
  slurp,
  stat,
  subversion,
  sysctl,
  systemd_service,
  tempfile,
  template,
  timezone,
  user,
  wait_for,
];

/** Every module under each name it answers to. */
export const registry = registryOf(modules);
