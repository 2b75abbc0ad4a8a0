import type { Wish } from '../attributes.js';

export const STATES = ['absent', 'directory', 'file', 'hard', 'link', 'touch'] as const;
export type FileState = (typeof STATES)[number];

/** What a task of the file module wishes. */
export interface FileWish extends Wish {
  readonly path: string;
  readonly state?: FileState | undefined;
  readonly src?: string | undefined;
  readonly recurse: boolean;
  readonly force: boolean;
  readonly follow: boolean;
  /** `preserve`, `now` or `YYYYMMDDhhmm.ss` in the target's time zone. */
  readonly access_time?: string | undefined;
  readonly modification_time?: string | undefined;
}
