/** Names that generated projects use: few, so that what one part writes another reads. By type, so that no read fails over it. */
export const TEXTS = ['t1', 't2', 't3', 't4', 't5'] as const;
export const LISTS = ['l1', 'l2', 'l3'] as const;
export const DICTS = ['d1', 'd2'] as const;
export const COUNTERS = ['n1', 'n2'] as const;
export const REGISTERS = ['r1', 'r2', 'r3', 'r4', 'r5'] as const;
export const FILES = ['f1', 'f2', 'f3', 'f4'] as const;
/** Files on the controller that tasks make and others read. */
export const SHARED = ['c1', 'c2'] as const;
/** Groups that add_host and group_by make. */
export const NEW_GROUPS = ['made1', 'made2'] as const;
export const TAGS = ['red', 'blue'] as const;
/** What stands for a variable nobody set. */
export const UNSET = 'UNSET';

/** Keys of a registered result that both sides have. */
export const RESULT_KEYS = [
  'changed',
  'failed',
  'skipped',
  'unreachable',
  'rc',
  'stdout',
  'content',
  'attempts',
  'failed_when_result',
] as const;
