import type { Vars } from '../../../core/value.js';

/** When an act began and ended, in milliseconds since 1970, by the controller's clock. */
export interface Span {
  readonly began: number;
  readonly ended: number;
}

/** `start`, `end` and `delta` of a registered command as Ansible writes them: local time, and `H:MM:SS.ffffff`. */
export function timesOf({ began, ended }: Span): Vars {
  return { start: timestamp(began), end: timestamp(ended), delta: duration(ended - began) };
}

const pad = (number: number, width = 2): string => String(number).padStart(width, '0');

/** `2026-01-31 23:59:59.012345`; Python leaves the fraction away where it is zero. */
export function timestamp(at: number): string {
  const when = new Date(at);
  const day = `${when.getFullYear()}-${pad(when.getMonth() + 1)}-${pad(when.getDate())}`;
  return `${day} ${pad(when.getHours())}:${pad(when.getMinutes())}:${pad(when.getSeconds())}${fraction(at)}`;
}

function duration(ms: number): string {
  const [seconds, minutes, hours] = [1000, 60_000, 3_600_000].map(unit => Math.floor(Math.max(0, ms) / unit));
  const days = Math.floor(hours! / 24);
  const clock = `${hours! % 24}:${pad(minutes! % 60)}:${pad(seconds! % 60)}${fraction(Math.max(0, ms))}`;
  return days === 0 ? clock : `${days} day${days === 1 ? '' : 's'}, ${clock}`;
}

/** Of a second, in microseconds. */
function fraction(ms: number): string {
  const micros = Math.floor((((ms % 1000) + 1000) % 1000) * 1000);
  return micros === 0 ? '' : `.${pad(micros, 6)}`;
}
