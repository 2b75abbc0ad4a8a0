import * as z from 'zod';
import { defineModule } from '../core/module.js';
import { bool, choice, num, str } from '../core/params.js';
import { renamed } from './args.js';
import { planService, type ServiceWish } from './service/plan.js';
import { serviceResult } from './service/result.js';
import { type UnitState, unitProbe } from './service/unit.js';

const shape = z
  .strictObject({
    name: str()
      .pipe(z.string().regex(/^[\w@:.\\][\w@:.\\-]*$/, 'is no service name'))
      .describe('The service.'),
    state: choice('started', 'stopped', 'restarted', 'reloaded')
      .optional()
      .describe('`restarted` and `reloaded` always act.'),
    enabled: bool().optional().describe('Whether it starts at boot.'),
    sleep: num().optional().describe('Seconds between stop and start of an init script.'),
    arguments: str().default('').describe('Further arguments for an init script.'),
    pattern: str().optional().describe('Does nothing: the init script is asked.'),
    runlevel: str().optional().describe('Does nothing: the run levels are the default ones.'),
    use: str().optional().describe('Does nothing: what keeps services is found on the target.'),
    daemon_reload: bool().default(false).describe('Let systemd read its files anew first.'),
    masked: bool().optional().describe('Whether it can be started at all.'),
  })
  .refine(
    ({ state, enabled, masked }) => state !== undefined || enabled !== undefined || masked !== undefined,
    'one of `state`, `enabled`, `masked` is needed',
  );
type Args = z.infer<typeof shape>;

const wishOf = ({ name, state, enabled, sleep, masked, daemon_reload, arguments: more }: Args): ServiceWish => ({
  name,
  state,
  enabled,
  masked,
  daemonReload: daemon_reload,
  daemonReexec: false,
  force: false,
  noBlock: false,
  scope: 'system',
  sleep,
  arguments: more,
});

export default defineModule<Args, UnitState>({
  name: 'service',
  aliases: ['sysvinit', 'ansible.builtin.sysvinit'],
  summary: 'Starts, stops and enables services.',
  example: '- service: { name: ssh, enabled: true }',
  args: renamed({ args: 'arguments' }, shape),
  probe: ({ name, daemon_reload }) => unitProbe(name, { scope: 'system', reloads: daemon_reload }),
  plan: (given, seen) => planService(wishOf(given), seen),
  result: (given, seen, ran) => serviceResult(wishOf(given), seen, ran),
});
