import { count, seconds } from './lines.js';
import type { Paint } from './paint.js';
import type { Summary, Tally } from './summary.js';
import { visible, visibleLine } from './visible.js';

/** Ansible's columns, which scripts look for, byte for byte (`hostcolor` and `colorize` of its `utils/color.py`). */
const COLUMNS = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored'] as const;
const OURS = ['unsure', 'trips'] as const;
const HOST_WIDTH = 26;

/** The recap: a line per host in the words that scripts grep for, then the run in one line. */
export function printRecap(summary: Summary, paint: Paint, isCheck: boolean): string {
  const { hosts, standIns } = summary;
  const lines: string[] = ['', paint.bold('PLAY RECAP')];
  for (const [name, tally] of hosts) lines.push(colourOf(tally, paint)(line(name, tally)));
  if (standIns.size > 0)
    lines.push(
      '',
      paint.magenta('Stand-ins took the place of the real part:'),
      ...[...standIns].sort().map(what => `  ${visible(what)}`),
    );
  lines.push('', closing(summary, paint, isCheck));
  if (isCheck) lines.push('Nothing was changed: this was a dry run.');
  return `${lines.join('\n')}\n`;
}

const line = (name: string, tally: Tally): string =>
  `${name.padEnd(HOST_WIDTH)} : ${[...COLUMNS, ...OURS].map(column => `${column}=${String(tally[column]).padEnd(4)}`).join(' ')}`.trimEnd();

const colourOf = (tally: Tally, paint: Paint): ((text: string) => string) =>
  tally.failed + tally.unreachable > 0 ? paint.red : tally.changed > 0 ? paint.yellow : paint.green;

/** The run in one line: how many hosts it went wrong on, or how much it changed. */
function closing({ hosts, most, ms, isInterrupted, broken }: Summary, paint: Paint, isCheck: boolean): string {
  const all = [...hosts.values()];
  const unstarted = broken === undefined ? '' : `the play ${visibleLine(broken)} could not start, `;
  if (all.length === 0)
    return broken === undefined
      ? paint.yellow(`! no host took part, ${seconds(ms)}`)
      : paint.red(`✗ ${unstarted}no host took part, ${seconds(ms)}`);
  const sum = (column: keyof Tally): number => all.reduce((total, tally) => total + tally[column], 0);
  const unsure = sum('unsure');
  const changed = `${sum('changed')} ${isCheck ? 'to change' : 'changed'}${unsure > 0 ? `, ${unsure} unsure` : ''}, ${seconds(ms)}`;
  const failed = all.filter(tally => tally.failed > 0).length;
  const unreachable = all.filter(tally => tally.failed === 0 && tally.unreachable > 0).length;
  if (failed + unreachable > 0) {
    const bad = [
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(unreachable > 0 ? [`${unreachable} unreachable`] : []),
    ];
    return paint.red(`✗ ${unstarted}${bad.join(' and ')} of ${count(all.length, 'host')}, ${changed}`);
  }
  if (broken !== undefined) return paint.red(`✗ ${unstarted}${count(all.length, 'host')}, ${changed}`);
  if (isInterrupted) return paint.yellow(`! interrupted: ${count(all.length, 'host')}, ${changed}`);
  const trips = most ? `, at most ${count(most.trips, 'round trip')} per play and host` : '';
  return paint.green(`✓ ${count(all.length, 'host')}, ${changed}${trips}`);
}
