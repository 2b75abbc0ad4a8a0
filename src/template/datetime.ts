import { RenderError } from '../core/value.js';
import { textOr } from './cast.js';
import { floatOf } from './number.js';
import type { Run } from './run.js';
import { operation } from './signature.js';
import { type Arguments, Callable, Live, type Term } from './terms.js';

/** A point in time, as `now()` gives it: enough of Python's datetime to print it. */
export class DateTime extends Live {
  readonly title = 'datetime';
  constructor(
    readonly date: Date,
    readonly zone: 'utc' | 'local',
  ) {
    super();
  }

  /** As Python's strftime. */
  format(pattern: string): string {
    return strftime(pattern, this.date, this.zone);
  }

  override printed(): string {
    return this.format('%Y-%m-%d %H:%M:%S.%f');
  }

  override attribute(name: string): Term | undefined {
    const part = PARTS.get(name);
    if (part) return Number(this.format(part));
    if (name === 'strftime')
      return new DateTimeMethod('strftime()', given =>
        operation<undefined>('format', (_, [pattern]) => this.format(textOr(pattern, ''))).invoke(
          name,
          undefined,
          given.args,
          given.run,
        ),
      );
    if (name === 'isoformat') return new DateTimeMethod('isoformat()', () => this.format('%Y-%m-%dT%H:%M:%S.%f'));
    if (name === 'timestamp') return new DateTimeMethod('timestamp()', () => floatOf(this.date.getTime() / 1000));
    return undefined;
  }
}

const PARTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    year: '%Y',
    month: '%m',
    day: '%d',
    hour: '%H',
    minute: '%M',
    second: '%S',
    microsecond: '%f',
  }),
);

class DateTimeMethod extends Callable {
  constructor(
    readonly title: string,
    readonly body: (given: { args: Arguments; run: Run }) => Term,
  ) {
    super();
  }
  override call(args: Arguments, run: Run): Term {
    return this.body({ args, run });
  }
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAY = 86_400_000;

/** Python's strftime in the C locale. Throws on a directive that it does not know. */
export function strftime(pattern: string, date: Date, zone: 'utc' | 'local'): string {
  // Shifted so that the UTC getters give the parts that are wanted.
  const shift = zone === 'utc' ? 0 : date.getTimezoneOffset();
  const t = new Date(date.getTime() - shift * 60_000);
  return pattern.replace(/%(-?)([a-zA-Z%])/g, (_, bare, letter) => {
    const text = directive(letter, t, date, shift);
    return bare === '-' ? text.replace(/^0+(?=.)/, '') : text;
  });
}

const two = (value: number): string => String(value).padStart(2, '0');

function directive(letter: string, t: Date, date: Date, shift: number): string {
  const inYear = Math.floor(
    (Date.UTC(t.getUTCFullYear(), t.getUTCMonth(), t.getUTCDate()) - Date.UTC(t.getUTCFullYear(), 0, 1)) / DAY,
  );
  const weekday = t.getUTCDay();
  switch (letter) {
    case 'Y':
      return String(t.getUTCFullYear());
    case 'y':
      return two(t.getUTCFullYear() % 100);
    case 'C':
      return two(Math.floor(t.getUTCFullYear() / 100));
    case 'm':
      return two(t.getUTCMonth() + 1);
    case 'd':
      return two(t.getUTCDate());
    case 'e':
      return String(t.getUTCDate()).padStart(2, ' ');
    case 'H':
      return two(t.getUTCHours());
    case 'I':
      return two(t.getUTCHours() % 12 || 12);
    case 'M':
      return two(t.getUTCMinutes());
    case 'S':
      return two(t.getUTCSeconds());
    case 'f':
      return String(t.getUTCMilliseconds() * 1000).padStart(6, '0');
    case 'p':
      return t.getUTCHours() < 12 ? 'AM' : 'PM';
    case 'j':
      return String(inYear + 1).padStart(3, '0');
    case 's':
      return String(Math.floor(date.getTime() / 1000));
    case 'a':
      return DAYS[weekday]!.slice(0, 3);
    case 'A':
      return DAYS[weekday]!;
    case 'b':
    case 'h':
      return MONTHS[t.getUTCMonth()]!.slice(0, 3);
    case 'B':
      return MONTHS[t.getUTCMonth()]!;
    case 'w':
      return String(weekday);
    case 'u':
      return String(weekday || 7);
    case 'U':
      return two(Math.floor((inYear + 7 - weekday) / 7));
    case 'W':
      return two(Math.floor((inYear + 7 - ((weekday + 6) % 7)) / 7));
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '%':
      return '%';
    case 'z': {
      const size = Math.abs(shift);
      return `${shift > 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
    }
    case 'Z':
      return shift === 0 ? 'UTC' : (/\(?([A-Z]{3,5})\)?$/.exec(date.toTimeString())?.[1] ?? '');
  }
  const whole = COMPOSED[letter];
  if (whole === undefined) throw new RenderError(`strftime does not know %${letter}`);
  return whole.replace(/%([a-zA-Z])/g, (_, part) => directive(part, t, date, shift));
}

const COMPOSED: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  c: '%a %b %e %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  r: '%I:%M:%S %p',
};
