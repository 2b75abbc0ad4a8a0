import { randomBytes } from 'node:crypto';
import { keepKeys } from '../core/keys.js';
import { Float, isVars, Lazy, Secret, Unknown, type Value } from '../core/value.js';
import { type MutableDict, setMember } from './terms.js';

/**
 * What the variable `omit` holds: an argument of this value is as if it had not been written. It is a text nobody can
 * foresee, as in Ansible, so that no data from outside can leave arguments out.
 */
export const OMIT = `__omit_place_holder__${randomBytes(16).toString('hex')}`;

/** The value without members and items that are {@link OMIT}, at any depth; undefined if it is that itself. */
export function withoutOmitted(value: Value): Value | undefined {
  if (value === OMIT) return undefined;
  if (value === null || typeof value !== 'object' || value instanceof Lazy || value instanceof Unknown) return value;
  if (value instanceof Secret || value instanceof Float || !holdsOmit(value)) return value;
  if (Array.isArray(value))
    return (value as readonly Value[]).map(withoutOmitted).filter(item => item !== undefined) as readonly Value[];
  const out: MutableDict = {};
  for (const [key, member] of Object.entries(value)) {
    const kept = withoutOmitted(member as Value);
    if (kept !== undefined) setMember(out, key, kept);
  }
  return keepKeys(value, out) as Value;
}

function holdsOmit(value: Value): boolean {
  if (value === OMIT) return true;
  if (Array.isArray(value)) return (value as readonly Value[]).some(holdsOmit);
  return isVars(value) && Object.values(value).some(holdsOmit);
}
