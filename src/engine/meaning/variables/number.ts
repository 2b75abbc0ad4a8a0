import type { Place } from '../../../core/place.js';
import { RenderError, type Source, Template, type Value } from '../../../core/value.js';
import { toText } from '../../../template/text.js';

/**
 * The value of something that must be a number, `name`; nothing for what is not given. Throws RenderError for anything else:
 * as a number it would be none, which is neither more nor less than any other, and a limit that never ends a thing.
 */
export function numberOf(value: Value | undefined, name: string, source?: Source): number | undefined {
  if (value === undefined || value === null) return undefined;
  const text = toText(value).trim();
  const number = Number(text);
  if (text !== '' && Number.isFinite(number)) return number;
  throw new RenderError(`\`${name}\` is a number, and not \`${text}\``, placeOf(source));
}

/** Of a keyword that may stand at several levels, the nearest. */
const placeOf = (source: Source | undefined): Place | undefined =>
  (Array.isArray(source) ? (source as readonly Source[]) : [source]).find(each => each instanceof Template)?.place;
