import type { Probe } from './probe.js';
import type { Vars } from './value.js';

/** A group of facts that one snippet answers. Asked only when something reads one of the names. */
export interface Fact {
  /** `os`, `network`, `nic`. */
  readonly name: string;
  readonly summary: string;
  /** Names in `ansible_facts`, without the `ansible_` prefix. */
  readonly provides: readonly string[];
  /** Names it may give besides, which only the host knows. */
  readonly also?: RegExp;
  /** Whether they change though nothing is done on the host. */
  readonly isVolatile?: boolean;
  /**
   * Asked as the login user's become user. Facts whose names are only known on the host (`eth0` for `ansible_eth0`)
   * are given too. `settings` are the host's variables that steer it, such as `nic_interface`.
   */
  readonly probe: (settings: FactSettings) => Probe<Vars>;
}

export interface FactSettings {
  /** The tap interface, from the variable `nic_interface`, if set. */
  readonly tap?: string | undefined;
}
