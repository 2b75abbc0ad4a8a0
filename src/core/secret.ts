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
    return '«secret»';
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

/** Secrets shorter than this are not masked: masking `a` or `yes` everywhere would hide the output, not the secret. */
const SHORTEST_MASKED = 4;

/**
 * Masks known secret values, and the encodings in which they usually leak, in any text on its way to a sink.
 * Masking by value at the sink, not by flags carried along, because flags were forgotten wherever they had to be carried.
 */
export class Redactor {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** Learns one secret. Answers whether it is long enough to be masked. */
  learn(secret: string): boolean {
    if (secret.length < SHORTEST_MASKED) return false;
    const bytes = encode(secret);
    const readable = wellFormed(secret);
    const forms = [
      secret,
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      readable,
      encodeURIComponent(readable),
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll("'", `'\\''`),
    ];
    for (const line of secret.split('\n')) if (line.length >= 8) forms.push(line);
    for (const form of forms) this.#forms.add(form);
    this.#pattern = undefined;
    return true;
  }

  /** The text with every known secret replaced by `«secret»`. */
  mask(text: string): string {
    if (this.#forms.size === 0) return text;
    this.#pattern ??= new RegExp(
      [...this.#forms]
        .sort((a, b) => b.length - a.length)
        .map(form => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return text.replace(this.#pattern, '«secret»');
  }
}
