/** One row of `ethtool -k`: `name: on|off[ [fixed]][ [requested on|off]][ [not requested]]`. */
export interface Feature {
  readonly on: boolean;
  readonly fixed: boolean;
}

/** Rows of `ethtool -k`, by name; those of sub-features are indented by a tab. */
export const featuresOf = (lines: readonly string[]): ReadonlyMap<string, Feature> =>
  new Map(
    lines.flatMap(line => {
      const row = /^\s*([\w.-]+): (on|off)\b(.*)$/.exec(line);
      return row ? [[row[1]!, { on: row[2] === 'on', fixed: row[3]!.includes('[fixed]') }] as const] : [];
    }),
  );

/** What a table setting is now, and how far it can go. */
export interface Setting {
  readonly value: number;
  readonly maximum?: number | undefined;
}

/**
 * The two tables of `ethtool -g` and `-l`, joined: `Pre-set maximums:` and `Current hardware settings:`, with rows
 * `RX Mini:\t\t0`. Rows that are `n/a`, `off` or missing are left out. Names in lower case, blanks as underscores.
 */
export function tablesOf(lines: readonly string[]): ReadonlyMap<string, Setting> {
  const maximums = new Map<string, number>();
  const found = new Map<string, Setting>();
  let isCurrent = false;
  for (const line of lines) {
    if (/^Current hardware settings/.test(line)) isCurrent = true;
    const row = /^([A-Z][\w ]*?):\s+(\d+)\s*$/.exec(line);
    if (!row) continue;
    const name = row[1]!.toLowerCase().replaceAll(' ', '_');
    if (!isCurrent) maximums.set(name, Number(row[2]));
    else found.set(name, { value: Number(row[2]), maximum: maximums.get(name) });
  }
  return found;
}

/** `ethtool -c`: rows `rx-usecs:\t3`, and `Adaptive RX: off  TX: on`. Rows that are `n/a` are left out. */
export function coalesceOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const adaptive = /^Adaptive RX:\s*(\S+)\s+TX:\s*(\S+)/.exec(line);
    if (adaptive) {
      for (const [name, value] of [['adaptive-rx', adaptive[1]!] as const, ['adaptive-tx', adaptive[2]!] as const])
        if (value !== 'n/a') found.set(name, value);
      continue;
    }
    const row = /^([a-z][\w-]*):\s+(\S+)\s*$/.exec(line);
    if (row && row[2] !== 'n/a') found.set(row[1]!, row[2]!);
  }
  return found;
}

/** What `ethtool DEVICE` tells of the link. */
export interface Link {
  /** Mbit/s; nothing without a link, or where the driver does not know. */
  readonly speed?: number | undefined;
  readonly duplex?: 'half' | 'full' | undefined;
  readonly autoneg?: boolean | undefined;
  readonly detected: boolean;
  /** `1000baseT/Full`; empty where the driver reports none (virtual interfaces). */
  readonly supported: readonly string[];
  readonly advertised: readonly string[];
}

/** Rows of `ethtool DEVICE`; lists of modes go on in lines without a name. */
export function linkOf(lines: readonly string[]): Link {
  const rows = new Map<string, string>();
  let last = '';
  for (const line of lines) {
    const row = /^\s*([A-Z][\w -]*?):\s*(.*)$/.exec(line);
    if (row) {
      last = row[1]!;
      rows.set(last, row[2]!);
    } else rows.set(last, `${rows.get(last) ?? ''} ${line.trim()}`);
  }
  const modes = (name: string) => (rows.get(name) ?? '').split(/\s+/).filter(word => /^\d+base/.test(word));
  const duplex = (rows.get('Duplex') ?? '').toLowerCase();
  const autoneg = rows.get('Auto-negotiation');
  const speed = /^(\d+)Mb\/s/.exec(rows.get('Speed') ?? '')?.[1];
  return {
    speed: speed === undefined ? undefined : Number(speed),
    duplex: duplex === 'half' || duplex === 'full' ? duplex : undefined,
    autoneg: autoneg === undefined ? undefined : autoneg.startsWith('on'),
    detected: rows.get('Link detected')?.startsWith('yes') ?? false,
    supported: modes('Supported link modes'),
    advertised: modes('Advertised link modes'),
  };
}
