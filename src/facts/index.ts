import type { Fact } from '../core/fact.js';
import { devices } from './devices.js';
import { dmi } from './dmi.js';
import { dns } from './dns.js';
import { environment } from './environment.js';
import { fqdn } from './fqdn.js';
import { hostKeys } from './host-keys.js';
import { kernel } from './kernel.js';
import { local } from './local.js';
import { lsb } from './lsb.js';
import { memory } from './memory.js';
import { mounts } from './mounts.js';
import { network } from './network.js';
import { nic } from './nic.js';
import { os } from './os.js';
import { processor } from './processor.js';
import { python } from './python.js';
import { capabilities, security } from './security.js';
import { time } from './time.js';
import { user } from './user.js';
import { virtual } from './virtual.js';

/** Every group of facts. No name is provided by two. */
export const facts: readonly Fact[] = [
  capabilities,
  devices,
  dmi,
  dns,
  environment,
  fqdn,
  hostKeys,
  kernel,
  local,
  lsb,
  memory,
  mounts,
  network,
  nic,
  os,
  processor,
  python,
  security,
  time,
  user,
  virtual,
];
