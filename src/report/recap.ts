import type { Paint } from './paint.js';
import type { Summary, Tally } from './summary.js';

/** The recap: a line per host in the words that scripts grep for, then the run in one line. */
export function printRecap({ hosts, most, standIns, ms }: Summary, paint: Paint, isCheck: boolean): string {
  const lines: string[] = ['', paint.bold('PLAY RECAP')];
  const width = Math.max(10, ...[...hosts.keys()].map(name => name.length));
  for (const [name, tally] of hosts) {
    const line = `${name.padEnd(width)} : ${COLUMNS.map(column => `${column}=${String(tally[column]).padEnd(4)}`).join(' ')} unsure=${tally.unsure} trips=${tally.trips}`;
    lines.push(tally.failed + tally.unreachable > 0 ? paint.red(line) : tally.changed > 0 ? paint.yellow(line) : paint.green(line));
  }
  if (standIns.size > 0) lines.push('', paint.magenta('Stand-ins took the place of the real part:'), ...[...standIns].sort().map(what => `  ${what}`));
  const all = [...hosts.values()];
  const sum = (column: keyof Tally): number => all.reduce((total, tally) => total + tally[column], 0);
  const bad = all.filter(tally => tally.failed + tally.unreachable > 0).length;
  const seconds = (ms / 1000).toFixed(1);
  const changed = `${sum('changed')} ${isCheck ? 'to change' : 'changed'}${sum('unsure') > 0 ? `, ${sum('unsure')} unsure` : ''}`;
  const trips = most ? `, at most ${most.trips} round trips per play and host` : '';
  lines.push('', bad === 0 ? paint.green(`✓ ${all.length} hosts, ${changed}, ${seconds} s${trips}`) : paint.red(`✗ ${bad} of ${all.length} hosts failed, ${changed}, ${seconds} s`));
  if (isCheck) lines.push('Nothing was changed: this was a dry run.');
  return `${lines.join('\n')}\n`;
}

const COLUMNS = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored'] as const;
