import type { Change } from '../../core/change.js';

/** What one part of an ethtool task comes to. */
export interface Wish {
  readonly changes: readonly Change[];
  /** Wishes the device has no such thing for: `lro`, `tx ring`, `speed`. */
  readonly unsupported: readonly string[];
  /** What the device does not let be changed: `rx-vlan-offload is fixed on`. */
  readonly fixed: readonly string[];
  /** Why it cannot be at all. */
  readonly impossible: readonly string[];
}

export const NO_WISH: Wish = { changes: [], unsupported: [], fixed: [], impossible: [] };

/** All parts as one. */
export const together = (wishes: readonly Wish[]): Wish => ({
  changes: wishes.flatMap(wish => wish.changes),
  unsupported: wishes.flatMap(wish => wish.unsupported),
  fixed: wishes.flatMap(wish => wish.fixed),
  impossible: wishes.flatMap(wish => wish.impossible),
});
