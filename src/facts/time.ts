import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, one, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/**
 * The clock, uptime and load. `date` is asked once for now and once each for a January and a July day of this year,
 * from which the name of summer time follows (busybox has no `%N`: then the microseconds are 0).
 */
export const time: Fact = {
  name: 'time',
  summary: 'Date and time of the host, how long it is up and how loaded.',
  provides: ['date_time', 'uptime_seconds', 'loadavg'],
  isVolatile: true,
  probe: () =>
    probe(
      sh`${TAGGED}
first up /proc/uptime; first load /proc/loadavg
say now "$(date '+%s %N %Y %m %d %H %M %S %w %W %Z %z %A')"
set -- $(date +%Y)
j=$((($1 - 1970) * 31556952 + 1300000))
say zone "$(date -d "@$j" '+%z %Z' 2>/dev/null)"
say zone "$(date -d "@$((j + 15778476))" '+%z %Z' 2>/dev/null)"`,
      ({ stdout }) => read(tagged(stdout)),
    ),
};

function read(answers: Tagged): Vars {
  const now = one(answers, 'now')?.split(' ') ?? [];
  const load = one(answers, 'load')?.split(' ').map(Number) ?? [];
  const up = one(answers, 'up');
  return {
    ...(now.length >= 13 ? { date_time: dateTime(now, summer(all(answers, 'zone'))) } : {}),
    ...(up ? { uptime_seconds: Math.floor(Number(up.split(' ')[0])) } : {}),
    ...(load.length >= 3 ? { loadavg: { '1m': load[0]!, '5m': load[1]!, '15m': load[2]! } } : {}),
  };
}

function dateTime(now: readonly string[], summerName: string | undefined): Vars {
  const [epoch, nanos, year, month, day, hour, minute, second, weekday, week, tz, offset, name] = now as string[];
  const micros = /^\d{9}$/.test(nanos!) ? nanos!.slice(0, 6) : '000000';
  const utc = new Date(Number(epoch) * 1000).toISOString().slice(0, 19);
  const basic = `${year}${month}${day}T${hour}${minute}${second}`;
  return {
    year: year!,
    month: month!,
    weekday: name!,
    weekday_number: weekday!,
    weeknumber: week!,
    day: day!,
    hour: hour!,
    minute: minute!,
    second: second!,
    epoch: epoch!,
    epoch_int: epoch!,
    date: `${year}-${month}-${day}`,
    time: `${hour}:${minute}:${second}`,
    iso8601: `${utc}Z`,
    iso8601_micro: `${utc}.${micros}Z`,
    iso8601_basic: `${basic}${micros}`,
    iso8601_basic_short: basic,
    tz: tz!,
    tz_dst: summerName ?? tz!,
    tz_offset: offset!,
  };
}

/** Of two `+0100 CET` the name with the greater offset, if they differ. */
function summer(zones: readonly string[]): string | undefined {
  const [winter, july] = zones.map(zone => zone.split(' '));
  if (!winter?.[1] || !july?.[1] || winter[0] === july[0]) return undefined;
  return Number(winter[0]) > Number(july[0]) ? winter[1] : july[1];
}
