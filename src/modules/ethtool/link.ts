import { sh } from '../../core/sh.js';
import type { Link } from './rows.js';
import { pairs } from './verified.js';
import { NO_WISH, type Wish } from './wish.js';

/** What a task wants of the link; what is left out is left as it is. */
export interface LinkWish {
  readonly speed?: number | undefined;
  readonly duplex?: 'half' | 'full' | undefined;
  readonly autoneg?: boolean | undefined;
}

/**
 * Speed, duplex and negotiation, in one `ethtool -s`. Virtual interfaces name no modes: then speed and duplex are not
 * theirs to set and are reported, as is a speed that is none of the card's. With negotiation on, a link that is down is
 * right when only wished modes are offered, for nothing else can be seen of it.
 */
export function link(device: string, wished: LinkWish, found: Link): Wish {
  const { speed, duplex, autoneg } = wished;
  if (speed === undefined && duplex === undefined && autoneg === undefined) return NO_WISH;
  const fits = (mode: string) => {
    const [, rate, kind] = /^(\d+)base[^/]*\/(\w+)$/.exec(mode) ?? [];
    return (speed === undefined || Number(rate) === speed) && (duplex === undefined || kind?.toLowerCase() === duplex);
  };
  const unsupported: string[] = [];
  const settings: [string, string | number][] = [];
  if (autoneg !== undefined && found.autoneg !== autoneg)
    if (found.autoneg === undefined || (autoneg && found.supported.length === 0)) unsupported.push('autoneg');
    else settings.push(['autoneg', autoneg ? 'on' : 'off']);
  if ((speed !== undefined || duplex !== undefined) && !isRight(wished, found, fits))
    if (!found.supported.some(fits))
      unsupported.push(...(speed === undefined ? [] : ['speed']), ...(duplex === undefined ? [] : ['duplex']));
    else {
      if (speed !== undefined) settings.push(['speed', speed]);
      if (duplex !== undefined) settings.push(['duplex', duplex]);
    }
  if (settings.length === 0) return { ...NO_WISH, unsupported };
  const now = (name: string) =>
    ({ speed: found.speed ?? 'unknown', duplex: found.duplex ?? 'unknown', autoneg: found.autoneg ? 'on' : 'off' })[
      name
    ]!;
  return {
    ...NO_WISH,
    unsupported,
    changes: [
      {
        what: `${device} link`,
        before: Object.fromEntries(settings.map(([name]) => [name, now(name)])),
        after: Object.fromEntries(settings),
        apply: sh`ethtool -s ${device} ${pairs(settings)}`,
      },
    ],
  };
}

function isRight({ speed, duplex }: LinkWish, found: Link, fits: (mode: string) => boolean): boolean {
  const speedIs = speed === undefined || found.speed === speed;
  const duplexIs = duplex === undefined || found.duplex === duplex;
  if (speedIs && duplexIs) return true;
  if (found.detected) return false;
  // No link: what is offered is all there is to see; without negotiation a forced speed shows nowhere.
  return found.autoneg
    ? found.advertised.length > 0 && found.advertised.every(fits)
    : found.speed === undefined && found.supported.some(fits);
}
