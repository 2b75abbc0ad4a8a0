import type { Diagnostic, Place } from '../core/place.js';
import type { Result } from '../core/result.js';

/** What a mistake may say beside its message. */
export interface Detail {
  readonly place?: Place | undefined;
  readonly hint?: string | undefined;
}

/**
 * Gathers every mistake of a reading, so that all are reported at once and not one per run. Readers write into it and
 * go on as well as they can; whoever started the reading asks {@link Mistakes.result} at the end.
 */
export class Mistakes {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  /** Notes an error. The same words at the same place are noted once, since shared files are read from many sides. */
  error(code: string, message: string, detail: Detail = {}): void {
    this.#note(this.errors, code, message, detail);
  }

  warn(code: string, message: string, detail: Detail = {}): void {
    this.#note(this.warnings, code, message, detail);
  }

  /** Takes in what another reading noted. */
  add({ errors, warnings }: Mistakes): void {
    for (const { code, message, place, hint } of errors) this.error(code, message, { place, hint });
    for (const { code, message, place, hint } of warnings) this.warn(code, message, { place, hint });
  }

  /** The value of a result; its errors are noted. */
  take<T>(result: Result<T>): T | undefined {
    if (result.ok) return result.value;
    for (const { code, message, place, hint } of result.error) this.error(code, message, { place, hint });
    return undefined;
  }

  /** The value, unless something was wrong. */
  result<T>(value: T): Result<T> {
    return this.errors.length === 0 ? { ok: true, value } : { ok: false, error: inOrder(this.errors) };
  }

  #note(list: Diagnostic[], code: string, message: string, { place, hint }: Detail): void {
    const key = `${list === this.errors}\0${code}\0${message}\0${place ? `${place.file}:${place.line}:${place.column}` : ''}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    list.push({ code, message, ...(place ? { place } : {}), ...(hint ? { hint } : {}) });
  }
}

/** By file in order of appearance, then by line: as a reader would mend them. */
function inOrder(errors: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(errors.map(error => error.place?.file))];
  const rank = new Map(files.map((file, i) => [file, i]));
  return [...errors].sort(
    (a, b) =>
      rank.get(a.place?.file)! - rank.get(b.place?.file)! ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
}
