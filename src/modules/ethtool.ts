import * as z from 'zod';
import { blocked, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, int } from '../core/params.js';
import { probe } from '../core/probe.js';
import { join, sh } from '../core/sh.js';
import { all, type Tagged, tagged } from '../core/tagged.js';
import { orNone, renamed } from './args.js';
import { link } from './ethtool/link.js';
import { offloads } from './ethtool/offloads.js';
import { coalesceOf, type Feature, featuresOf, type Link, linkOf, type Setting, tablesOf } from './ethtool/rows.js';
import { CHANNELS, coalesce, figures, RING } from './ethtool/tables.js';
import { together, type Wish } from './ethtool/wish.js';
import {
  guarded,
  guardShape,
  type InterfaceSight,
  interfaceLook,
  interfaceName,
  interfaceSight,
  missing,
} from './interface.js';

const figure = z.union([z.literal('max'), int().pipe(z.int().nonnegative())]);
/** The word of an option of ethtool: never one that could be taken for an option of its command line. */
const option = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'a name as ethtool shows it');

const schema = renamed(
  { interface: 'device', dev: 'device', name: 'device', offloads: 'features' },
  z.strictObject({
    device: interfaceName().describe('Interface, such as `eth1`.'),
    features: z
      .record(option, bool())
      .default({})
      .describe('Offloads, by the short name (`rx`, `tso`, `rxvlan`) or as `ethtool -k` shows them.'),
    ring: z
      .partialRecord(z.enum(['rx', 'rx_mini', 'rx_jumbo', 'tx']), figure)
      .default({})
      .describe('Ring sizes in descriptors, or `max`.'),
    channels: z
      .partialRecord(z.enum(['rx', 'tx', 'other', 'combined']), figure)
      .default({})
      .describe('Numbers of queues, or `max`.'),
    coalesce: z
      .record(option, z.union([z.boolean(), int().pipe(z.int().nonnegative())]))
      .default({})
      .describe('Interrupt coalescing, as `ethtool -c` shows it: `rx-usecs: 50`, `adaptive-rx: false`.'),
    speed: orNone(int()).describe('Mbit/s; empty leaves it.'),
    duplex: orNone(choice('half', 'full')).describe('Empty leaves it.'),
    autoneg: orNone(bool()).describe('Negotiation of speed; 1000BASE-T needs it.'),
    strict: bool().default(false).describe('Fail where the device cannot, instead of reporting it.'),
    ...guardShape,
  }),
);
type Args = z.infer<typeof schema>;

interface State extends InterfaceSight {
  readonly installed: boolean;
  readonly features: ReadonlyMap<string, Feature>;
  readonly ring: ReadonlyMap<string, Setting>;
  readonly channels: ReadonlyMap<string, Setting>;
  readonly coalesce: ReadonlyMap<string, string>;
  readonly link: Link;
}

const asked = (dictionary: object) => Object.keys(dictionary).length > 0;

/** Asks only for the tables that are wished for; each is one fork and one for its tags. */
function look(args: Args) {
  const { device } = args;
  const tables = [
    ...(asked(args.features) ? [sh`ethtool -k ${device} 2>/dev/null | piped k`] : []),
    ...(asked(args.ring) ? [sh`ethtool -g ${device} 2>/dev/null | piped g`] : []),
    ...(asked(args.channels) ? [sh`ethtool -l ${device} 2>/dev/null | piped l`] : []),
    ...(asked(args.coalesce) ? [sh`ethtool -c ${device} 2>/dev/null | piped c`] : []),
    ...(args.speed !== undefined || args.duplex !== undefined || args.autoneg !== undefined
      ? [sh`ethtool ${device} 2>/dev/null | piped s`]
      : []),
  ];
  return sh`${interfaceLook(device, args.allow_management)}have ethtool || exit 0
say installed 1
${join(tables, '\n')}
:`;
}

const stateOf = (answers: Tagged): State => ({
  ...interfaceSight(answers),
  installed: answers.has('installed'),
  features: featuresOf(all(answers, 'k')),
  ring: tablesOf(all(answers, 'g')),
  channels: tablesOf(all(answers, 'l')),
  coalesce: coalesceOf(all(answers, 'c')),
  link: linkOf(all(answers, 's')),
});

/** Channels before rings, since changing them makes new rings; offloads after both. */
const wishOf = (args: Args, state: State): Wish =>
  together([
    figures(args.device, CHANNELS, args.channels, state.channels),
    figures(args.device, RING, args.ring, state.ring),
    coalesce(args.device, args.coalesce, state.coalesce),
    offloads(args.device, args.features, state.features),
    link(args.device, args, state.link),
  ]);

function plan(args: Args, state: State): Plan {
  if (!state.found) return missing(args.device, state);
  if (!state.installed) return blocked('ethtool is not installed');
  const wish = wishOf(args, state);
  if (wish.impossible.length > 0) return blocked(wish.impossible.join('; '));
  if (args.strict && wish.fixed.length + wish.unsupported.length > 0)
    return blocked([...wish.fixed, ...wish.unsupported.map(what => `${args.device} has no ${what}`)].join('; '));
  if (wish.changes.length === 0) return [];
  return guarded(args, state) ?? wish.changes;
}

export default defineModule<Args, State>({
  name: 'ethtool',
  summary: 'Sets offloads, rings, queues, coalescing and the link of a network interface.',
  example: '- ethtool: { device: lo, features: { tso: true, lro: false } }',
  args: schema,
  probe: args => probe(look(args), ({ stdout }) => stateOf(tagged(stdout))),
  plan,
  result: (args, state) => {
    const wish = state.found && state.installed ? wishOf(args, state) : undefined;
    const unsupported = wish?.unsupported ?? [];
    const fixed = wish?.fixed ?? [];
    return {
      device: args.device,
      unsupported,
      fixed,
      warnings: [...fixed, ...unsupported.map(what => `${args.device} has no ${what}: skipped`)],
    };
  },
});
