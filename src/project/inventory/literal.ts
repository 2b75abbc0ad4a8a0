import { Float, Tuple, type Value } from '../../core/value.js';

/**
 * A value of an INI inventory, as Python's `ast.literal_eval` takes it: numbers, `True`, `None`, quoted text, lists,
 * tuples and dictionaries. All else stays the text it is. `0644` is no literal and so stays text. A comment behind a
 * literal is dropped, as Python does.
 */
export function literal(text: string): Value {
  const parser = new Parser(text);
  const value = parser.value();
  parser.space();
  if (value === undefined || !(parser.isAtEnd() || text[parser.at] === '#')) return text;
  return value;
}

const WORDS: Readonly<Record<string, Value>> = { True: true, False: false, None: null };
const NUMBER =
  /[-+]?(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][-+]?\d+)?|\d[\d_]*\.?(?:[eE][-+]?\d+)?)/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '0': '\0',
};

class Parser {
  at = 0;
  constructor(readonly text: string) {}

  isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  /** `undefined`: no literal begins here. */
  value(): Value | undefined {
    this.space();
    const char = this.text[this.at];
    if (char === '[') return this.#list('[', ']');
    if (char === '(') return this.#tuple();
    if (char === '{') return this.#dictionary();
    if (char === '"' || char === "'") return this.#quoted(char);
    const word = this.#word();
    return word === undefined ? this.#number() : word;
  }

  #word(): Value | undefined {
    const word = /[A-Za-z_]\w*/y;
    word.lastIndex = this.at;
    const found = word.exec(this.text)?.[0];
    if (found === undefined || !Object.hasOwn(WORDS, found)) return undefined;
    this.at += found.length;
    return WORDS[found];
  }

  #number(): Value | undefined {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text)?.[0];
    if (found === undefined || /[\w.]/.test(this.text[this.at + found.length] ?? '')) return undefined;
    // Zeros in front are no number in Python 3, except zero itself.
    if (/^[-+]?0[\d_]*[1-9]/.test(found) && !/[.eExXoObB]/.test(found)) return undefined;
    this.at += found.length;
    const sign = found.startsWith('-') ? -1 : 1;
    const digits = found.replace(/^[-+]/, '').replaceAll('_', '');
    if (/^\d+$/.test(digits) || /^0[xob]/i.test(digits)) return whole(digits, sign);
    return new Float(sign * Number(digits));
  }

  #quoted(quote: string): Value | undefined {
    let out = '';
    for (let i = this.at + 1; i < this.text.length; i++) {
      const char = this.text[i]!;
      if (char === quote) {
        this.at = i + 1;
        return out;
      }
      if (char !== '\\') out += char;
      else {
        const code = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4}))/.exec(this.text.slice(i + 1));
        const next = this.text[i + 1] ?? '';
        out += code ? String.fromCharCode(Number.parseInt(code[1] ?? code[2]!, 16)) : (ESCAPES[next] ?? `\\${next}`);
        i += code ? code[0].length : 1;
      }
    }
    return undefined;
  }

  #list(open: string, close: string): Value[] | undefined {
    if (this.text[this.at] !== open) return undefined;
    this.at++;
    const items: Value[] = [];
    for (;;) {
      this.space();
      if (this.text[this.at] === close) {
        this.at++;
        return items;
      }
      const item = this.value();
      if (item === undefined) return undefined;
      items.push(item);
      if (!this.#separator(close)) return undefined;
    }
  }

  #tuple(): Value | undefined {
    const start = this.at;
    const items = this.#list('(', ')');
    if (!items) return undefined;
    // Brackets around one value are only brackets.
    const isTuple = items.length !== 1 || /,\s*\)$/.test(this.text.slice(start, this.at));
    return isTuple ? (Tuple.from(items) as Tuple) : items[0];
  }

  #dictionary(): Value | undefined {
    this.at++;
    const members: Record<string, Value> = Object.create(null);
    for (;;) {
      this.space();
      if (this.text[this.at] === '}') {
        this.at++;
        return members;
      }
      const key = this.value();
      this.space();
      if (key === undefined || this.text[this.at] !== ':') return undefined;
      this.at++;
      const value = this.value();
      if (value === undefined) return undefined;
      members[String(key)] = value;
      if (!this.#separator('}')) return undefined;
    }
  }

  #separator(close: string): boolean {
    this.space();
    if (this.text[this.at] === ',') this.at++;
    else if (this.text[this.at] !== close) return false;
    return true;
  }
}

function whole(digits: string, sign: number): number | bigint {
  const value = Number(digits);
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : sign * value;
  return BigInt(sign) * BigInt(digits);
}
