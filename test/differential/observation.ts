import type { Fields } from './project.js';

/** What one task, or one item of its loop, came to on one host. */
export interface Step {
  readonly host: string;
  readonly task: string;
  readonly module: string;
  readonly item?: string | undefined;
  readonly outcome: 'ok' | 'changed' | 'skipped' | 'failed' | 'ignored' | 'unreachable' | 'unsure';
  readonly result: Fields;
}

/** A file, link or folder below the scratch roots. */
export interface Entry {
  readonly kind: 'file' | 'folder' | 'link';
  /** Octal; of links nothing. */
  readonly mode: string;
  /** Of a link its goal, of a folder nothing. */
  readonly content: string;
}

/** What a walk of a project was seen to do. */
export interface Observation {
  /** `refused`: before any task; `broken`: it did not end, or ended by a bug. */
  readonly end: 'well' | 'failed' | 'refused' | 'broken';
  /** What it said, where it was refused or broken. */
  readonly said: string;
  readonly steps: readonly Step[];
  /** By path below the base. */
  readonly files: ReadonlyMap<string, Entry>;
  /** How often a rescue ended well, by host. Undefined where the walk does not say. */
  readonly rescued: ReadonlyMap<string, number>;
  /** Text of secrets that the masked event stream still shows. Only of our own walks. */
  readonly secrets?: readonly string[];
  /** By host: each event as JSON, without times and trips. Only of our own walks. */
  readonly events?: ReadonlyMap<string, readonly string[]>;
}
