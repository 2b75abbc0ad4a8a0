import type { Diagnostic } from './place.js';

/** A value, or every mistake that stood in its way. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: readonly Diagnostic[] };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const fail = (...error: readonly Diagnostic[]): Result<never> => ({ ok: false, error });
