import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Keeper, Life } from './keeper.js';
import type { SshFiles } from './keys.js';
import type { Subnet } from './network.js';
import type { Owner } from './owner.js';
import { stateFolder } from './places.js';

/** One host of a lab. */
export interface LabHost {
  readonly name: string;
  /** Place in the lab's list, from 0. */
  readonly index: number;
  /** Of its management interface. */
  readonly address: string;
  /** Holds `seed`, `upper`, `work`, `merged`; in the lab's own mounts when these are in memory. */
  readonly folder: string;
}

/** A lab as its state file `lab.json` describes it. */
export interface Lab {
  readonly id: string;
  /** `starting` until every host answered; one that is found so without a living owner is removed. */
  readonly phase: 'starting' | 'up';
  readonly owner: Owner;
  readonly life: Life;
  readonly keeper: Keeper;
  readonly subnet: Subnet;
  readonly hosts: readonly LabHost[];
  /** Folders under every host's own layer, topmost first. */
  readonly layers: readonly string[];
  /** Its state folder: keys, inventories, console logs. */
  readonly folder: string;
  /** Folder of the hosts' own layers. */
  readonly disk: string;
  readonly ssh: SshFiles;
  readonly inventory: { readonly yaml: string; readonly ini: string };
}

/** What is known of a lab before its keeper lives. */
export type Reserved = Omit<Lab, 'keeper' | 'phase'> & { readonly phase: 'starting'; readonly keeper?: undefined };

export const labFolder = (id: string): string => join(stateFolder(), id);

/** Replaces the state file in one step: whoever reads it sees the old or the new. */
export function writeState(lab: Lab | Reserved): void {
  mkdirSync(lab.folder, { recursive: true, mode: 0o700 });
  const file = join(lab.folder, 'lab.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(lab, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The lab of that name, whatever its phase; undefined when there is none. */
export function readState(id: string): Lab | Reserved | undefined {
  const file = join(labFolder(id), 'lab.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Lab | Reserved) : undefined;
}

/** All labs there is a state file of, in name order. */
export function allStates(): readonly (Lab | Reserved)[] {
  if (!existsSync(stateFolder())) return [];
  const names = readdirSync(stateFolder(), { withFileTypes: true }).filter(entry => entry.isDirectory());
  return names.flatMap(({ name }) => readState(name) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
}
