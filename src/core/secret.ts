import { encode, wellFormed } from './bytes.js';

/** A value that prints masked by construction; only {@link Secret.reveal} gives it away, to `sh` or to a blob. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  get shown(): string {
    return MASK;
  }
  toString(): string {
    return this.shown;
  }
  toJSON(): string {
    return this.shown;
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.shown;
  }
}

/** What stands in the place of a secret. */
const MASK = '«secret»';

/** Secrets shorter than this are not masked: masking `a` or `yes` everywhere would hide the output, not the secret. */
const SHORTEST_MASKED = 4;
/** Shorter lines of a secret of several lines are not secrets of their own, such as `{` or `port` in a configuration file. */
const SHORTEST_LINE = 8;
/** Longer texts are not looked for in encodings, which only cost memory: nobody prints a whole file in hex by accident. */
const LONGEST_ENCODED = 4096;
/** Slots of the index of beginnings; a power of two. */
const SLOTS = 1 << 16;

/** Forms whose first four characters have the same hash. */
interface Slot {
  readonly forms: Set<string>;
  /** Of these forms, the longest first, each once. */
  lengths: readonly number[];
}

/** From `start` to before `end`, in UTF-16 code units. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Masks known secret values, and the encodings in which they usually leak, in any text on its way to a sink.
 * Masking by value at the sink, not by flags carried along, because flags were forgotten wherever they had to be carried.
 *
 * Its cost grows with the text, not with the number of secrets: a pattern of thousands of alternatives would try each at
 * every character.
 */
export class Redactor {
  readonly #learnt = new Set<string>();
  readonly #slots = new Map<number, Slot>();
  /** The first one to three characters of all forms. */
  readonly #beginnings = new Set<string>();
  /** Which hashes there are: most characters of a text are dismissed by one look at this. */
  readonly #known = new Uint8Array(SLOTS);
  #longest = 0;

  /** Learns one secret. Answers whether it is long enough to be masked. */
  learn(secret: string): boolean {
    if (secret.length < SHORTEST_MASKED) return false;
    if (this.#learnt.has(secret)) return true;
    this.#learnt.add(secret);
    for (const form of formsOf(secret)) this.#add(form);
    const lines = secret.split('\n').map(line => line.trim());
    if (lines.length > 1)
      for (const line of lines) if (line.length >= SHORTEST_LINE) for (const form of formsOf(line)) this.#add(form);
    return true;
  }

  /** Whether it knows any secret. */
  get isAware(): boolean {
    return this.#learnt.size > 0;
  }

  /** The text with every known secret replaced by `«secret»`. */
  mask(text: string): string {
    return this.#learnt.size === 0 ? text : masked(text, this.#spansIn(text));
  }

  /**
   * How much of a text that goes on may be told now, in characters: what stands behind may be the beginning of a secret,
   * or a secret that is a part of a longer one.
   */
  safeLength(text: string): number {
    if (this.#learnt.size === 0) return text.length;
    let safe = text.length;
    for (let at = Math.max(0, text.length - this.#longest + 1); at < text.length; at++) {
      if (!this.#mayBeginAt(text, at)) continue;
      safe = at;
      break;
    }
    const cut = this.#spansIn(text).find(({ start, end }) => start < safe && end > safe);
    return cut?.start ?? safe;
  }

  #add(form: string): void {
    if (form.length < SHORTEST_MASKED) return;
    const number = slotOf(form, 0);
    const slot = this.#slots.get(number) ?? { forms: new Set<string>(), lengths: [] };
    slot.forms.add(form);
    if (!slot.lengths.includes(form.length)) slot.lengths = [...slot.lengths, form.length].sort((a, b) => b - a);
    this.#slots.set(number, slot);
    this.#known[number] = 1;
    for (let length = 1; length < SHORTEST_MASKED; length++) this.#beginnings.add(form.slice(0, length));
    this.#longest = Math.max(this.#longest, form.length);
  }

  /** Where secrets stand; those that overlap are one. What is masked already is left alone. */
  #spansIn(text: string): readonly Span[] {
    const spans: Span[] = [];
    let [start, end] = [0, 0];
    for (let at = 0; at + SHORTEST_MASKED <= text.length; at++) {
      if (text[at] === MASK[0] && text.startsWith(MASK, at)) {
        at += MASK.length - 1;
        continue;
      }
      const number = slotOf(text, at);
      if (this.#known[number] === 0) continue;
      const { forms, lengths } = this.#slots.get(number)!;
      const length = lengths.find(one => at + one <= text.length && forms.has(text.slice(at, at + one)));
      if (length === undefined) continue;
      if (at >= end) {
        if (end > start) spans.push({ start, end });
        start = at;
      }
      end = Math.max(end, at + length);
    }
    if (end > start) spans.push({ start, end });
    return spans;
  }

  /** Whether the end of the text from here on is the beginning of a longer secret. */
  #mayBeginAt(text: string, at: number): boolean {
    const rest = text.slice(at);
    if (rest.length < SHORTEST_MASKED) return this.#beginnings.has(rest);
    for (const form of this.#slots.get(slotOf(rest, 0))?.forms ?? [])
      if (form.length > rest.length && form.startsWith(rest)) return true;
    return false;
  }
}

const slotOf = (text: string, at: number): number =>
  (text.charCodeAt(at) * 31 +
    text.charCodeAt(at + 1) * 1009 +
    text.charCodeAt(at + 2) * 8191 +
    text.charCodeAt(at + 3)) &
  (SLOTS - 1);

function masked(text: string, spans: readonly Span[]): string {
  let out = '';
  let at = 0;
  for (const { start, end } of spans) {
    out += text.slice(at, start) + MASK;
    at = end;
  }
  return at === 0 ? text : out + text.slice(at);
}

/** A secret, and the encodings in which it usually leaks. */
function formsOf(secret: string): readonly string[] {
  if (secret.length > LONGEST_ENCODED) return [secret];
  const bytes = encode(secret);
  const readable = wellFormed(secret);
  const hex = bytes.toString('hex');
  return [
    secret,
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...insideBase64(bytes),
    hex,
    hex.toUpperCase(),
    readable,
    encodeURIComponent(readable),
    JSON.stringify(secret).slice(1, -1),
    asPythonJson(secret),
    secret.replaceAll("'", `'\\''`),
    secret.replaceAll("'", `'"'"'`),
    secret.trim(),
  ];
}

/** Fewer bytes than this leave so few characters inside a longer base64 text that others would be masked by chance. */
const FEWEST_INSIDE = 8;

/**
 * The characters that a secret surely has inside a longer text in base64, such as `user:password`, for each of the three
 * places where it may begin in a group of three bytes.
 */
const insideBase64 = (bytes: Buffer): readonly string[] =>
  bytes.length < FEWEST_INSIDE
    ? []
    : [0, 1, 2].map(before => {
        const whole = Buffer.concat([Buffer.alloc(before), bytes])
          .toString('base64')
          .replace(/=+$/, '');
        const last = (before + bytes.length) % 3 === 0 ? whole.length : whole.length - 1;
        return whole.slice(before === 0 ? 0 : before + 1, last);
      });

/** As Python's `json.dumps` writes it, in ASCII. */
const asPythonJson = (secret: string): string =>
  JSON.stringify(secret)
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
