import * as z from 'zod';
import { defineModule } from '../core/module.js';
import { bool, choice, str } from '../core/params.js';
import { orNone, renamed } from './args.js';
import { planService, type ServiceWish } from './service/plan.js';
import { serviceResult } from './service/result.js';
import { reloadProbe, type UnitState, unitProbe } from './service/unit.js';

const shape = z
  .strictObject({
    name: orNone(str().pipe(z.string().regex(/^[\w@:.\\][\w@:.\\-]*$/, 'is no unit name'))).describe(
      'The unit; `.service` is added where it has no kind.',
    ),
    state: choice('started', 'stopped', 'restarted', 'reloaded')
      .optional()
      .describe('`restarted` and `reloaded` always act.'),
    enabled: bool().optional().describe('Whether it starts at boot.'),
    masked: bool().optional().describe('Whether it can be started at all.'),
    daemon_reload: bool().default(false).describe('Let systemd read its files anew first, if they were changed.'),
    daemon_reexec: bool().default(false).describe('Start systemd itself anew first.'),
    scope: choice('system', 'user', 'global')
      .default('system')
      .describe('Whose systemd: of the machine, of the account, of all accounts.'),
    no_block: bool().default(false).describe('Do not wait until it is done.'),
    force: bool().default(false).describe('Replace links that are in the way.'),
  })
  .superRefine(({ name, state, enabled, masked, daemon_reload, daemon_reexec }, { addIssue }) => {
    const wishes = state !== undefined || enabled !== undefined || masked !== undefined;
    if (wishes && name === undefined)
      addIssue({ code: 'custom', path: ['name'], message: 'a unit is needed for `state`, `enabled` and `masked`' });
    if (!wishes && !daemon_reload && !daemon_reexec)
      addIssue({
        code: 'custom',
        message: 'one of `state`, `enabled`, `masked`, `daemon_reload`, `daemon_reexec` is needed',
      });
  });
type Args = z.infer<typeof shape>;

const wishOf = ({ daemon_reload, daemon_reexec, no_block, ...given }: Args): ServiceWish => ({
  name: given.name,
  state: given.state,
  enabled: given.enabled,
  masked: given.masked,
  force: given.force,
  scope: given.scope,
  daemonReload: daemon_reload,
  daemonReexec: daemon_reexec,
  noBlock: no_block,
  sleep: undefined,
  arguments: '',
});

export default defineModule<Args, UnitState>({
  name: 'systemd_service',
  aliases: ['systemd', 'ansible.builtin.systemd', 'ansible.legacy.systemd'],
  summary: 'Starts, stops, enables and masks units of systemd.',
  example: '- systemd_service: { name: ssh.service, enabled: true, daemon_reload: true }',
  args: renamed(
    { service: 'name', unit: 'name', 'daemon-reload': 'daemon_reload', 'daemon-reexec': 'daemon_reexec' },
    shape,
  ),
  probe: ({ name, scope, daemon_reload }) =>
    name === undefined ? reloadProbe(scope) : unitProbe(name, { scope, reloads: daemon_reload }),
  plan: (given, seen) => planService(wishOf(given), seen),
  result: (given, seen, ran) => serviceResult(wishOf(given), seen, ran),
});
