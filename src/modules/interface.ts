import * as z from 'zod';
import { type Blocked, blocked } from '../core/change.js';
import { managementLook, managementOf } from '../core/management.js';
import { bool, str, strings } from '../core/params.js';
import { nothing, type Sh, sh } from '../core/sh.js';
import { all, TAGGED, type Tagged } from '../core/tagged.js';

/** The name of an interface, as the kernel allows it (dev_valid_name), and none that a program takes for an option. */
export const interfaceName = () =>
  str().pipe(
    z.string().regex(/^(?!-|\.{1,2}$)[^\s/:]{1,15}$/, 'the name of a network interface, at most 15 characters'),
  );

/** Parameters that keep a task from cutting the branch it sits on. */
export const guardShape = {
  management: strings().default([]).describe('Further interfaces that must not be touched.'),
  allow_management: bool()
    .default(false)
    .describe('Change it even if our own connection or the default route runs over it.'),
};

/** What was seen of the interface as such, and of those that must be left alone. */
export interface InterfaceSight {
  readonly found: boolean;
  /** Of all interfaces, if it was not found: `eth0 (e1000e)`. */
  readonly others: readonly string[];
  readonly management: readonly string[];
}

/**
 * The beginning of a look: functions to answer with, whether the interface is there, and the management interfaces.
 * If it is not there, the others are named and the look ends.
 */
export const interfaceLook = (device: string, allowManagement: boolean): Sh => sh`${TAGGED}
if ! [ -d /sys/class/net/${device} ]; then
  for d in /sys/class/net/*; do
    [ -d "$d" ] || continue
    if into "$d/device/driver"; then say other "\${d##*/} ($at)"; else say other "\${d##*/}"; fi
  done
  exit 0
fi
say found 1
${allowManagement ? nothing : managementLook()}
`;

export const interfaceSight = (answers: Tagged): InterfaceSight => ({
  found: answers.has('found'),
  others: all(answers, 'other'),
  management: managementOf(answers).interfaces,
});

interface Guarded {
  readonly device: string;
  readonly management: readonly string[];
  readonly allow_management: boolean;
}

/** Why a task must stop before it plans anything: the interface is not there. */
export const missing = (device: string, { others }: InterfaceSight): Blocked =>
  blocked(`there is no interface ${device}; there are: ${others.join(', ') || 'none'}`);

/** Why changes that are wanted must not be made: the interface is one that we or the host need. */
export function guarded(args: Guarded, sight: InterfaceSight): Blocked | undefined {
  const { device, management, allow_management } = args;
  if (allow_management) return undefined;
  const named = management.includes(device);
  if (!named && !sight.management.includes(device)) return undefined;
  const why = named ? 'is named as a management interface' : 'carries our connection or the default route';
  return blocked(`${device} ${why}: it is left alone unless allow_management is true`);
}
