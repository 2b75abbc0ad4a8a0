import { randomBytes } from 'node:crypto';

/** 128 random bits in hex. No snippet is shown one, so none can forge the end of its own output. */
export const newMark = (): string => randomBytes(16).toString('hex');
