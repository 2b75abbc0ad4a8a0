import { sh } from '../../../core/sh.js';
import { RenderError, type Vars } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { hostsMatched } from '../play/batches.js';
import { factBecome, forgetOldFacts } from '../variables/facts.js';
import { numberOf } from '../variables/number.js';
import { sessionOf } from '../variables/sessions.js';
import { type Directed, type Directive, done, failing } from './directive.js';

/** meta: turns the way of the walk. */
export const meta: Directive = async ({ stage, host, on, node, piece }) => {
  const action = toText(piece.args._raw_params ?? '');
  switch (action) {
    case 'noop':
      return done({});
    case 'flush_handlers':
      return { kind: 'flush' };
    case 'end_host':
      return { kind: 'leave' };
    case 'end_play':
      stage.isPlayEnded = true;
      for (const other of stage.batch) if (other.standing === 'well') other.standing = 'ended';
      return { kind: 'leave' };
    case 'end_batch':
      for (const other of stage.batch) if (other.standing === 'well') other.standing = 'ended';
      return { kind: 'leave' };
    case 'end_role':
      return { kind: 'end-role' };
    case 'clear_facts':
      host.clearFacts();
      return done({});
    case 'clear_host_errors':
      // All have come along, or failed on the way. Those are back in the next play.
      await stage.gate?.pass(host, node.position);
      for (const other of stage.everyone) stage.forgive(other);
      return done({});
    case 'reset_connection':
      await sessionOf(stage, on()).reset();
      return done({});
    case 'refresh_inventory':
      return await refreshInventory(stage);
    default:
      throw new RenderError(
        `meta has no action \`${action}\``,
        node.task.place,
        'noop, flush_handlers, end_host, end_play, end_batch, end_role, clear_facts, clear_host_errors, refresh_inventory, reset_connection',
      );
  }
};

async function refreshInventory(stage: Stage): Promise<Directed> {
  const { run } = stage;
  const refreshed = await run.refreshInventory();
  if (!refreshed.ok) return failing({ reason: 'template', diagnostics: refreshed.error });
  const matched = hostsMatched(run, stage.play);
  if (matched.ok) stage.named = matched.value;
  return done({});
}

const WAIT_FOR_CONNECTION = { timeout: 600, sleep: 1, delay: 0 };

/** wait_for_connection: until the host answers on a new connection. */
export const waitForConnection: Directive = async ({ stage, on, piece }) => {
  const { ports, options } = stage.run;
  const number = (name: keyof typeof WAIT_FOR_CONNECTION): number =>
    numberOf(piece.args[name], name) ?? WAIT_FOR_CONNECTION[name];
  if (options.mode === 'check') return done({});
  const host = on();
  const session = sessionOf(stage, host);
  const began = ports.clock.now();
  await ports.clock.sleep(number('delay') * 1000);
  for (;;) {
    await session.reset();
    const answer = await session.ask(factBecome(stage, host), { snippets: [sh`:`], how: 'each' }, 'look');
    const elapsed = Math.floor((ports.clock.now() - began) / 1000);
    if (answer.kind === 'answered') return done({ elapsed });
    if (elapsed >= number('timeout') || options.signal?.aborted)
      return failing(
        { reason: 'timeout', seconds: number('timeout'), why: `the host did not answer within ${number('timeout')} s` },
        { elapsed },
      );
    await ports.clock.sleep(number('sleep') * 1000);
  }
};

/** setup, gather_facts: asks every group that may have changed since it was asked. What it is told of a delegate is taken for the host's own, if `delegate_facts` does not say otherwise. */
export const gatherFacts: Directive = async ({ stage, learners, on, fetch }) => {
  const asked = on();
  const groups = stage.run.ports.facts.map(fact => fact.name);
  forgetOldFacts(stage, asked);
  const because = groups.filter(group => !asked.hasGathered(group)).map(group => `fact:${asked.name}/${group}`);
  const lost = because.length > 0 ? await fetch(because) : undefined;
  if (lost) return failing(lost);
  const { count } = stage.run.changes;
  for (const learner of learners)
    for (const group of groups) if (!learner.hasGathered(group)) learner.gather(group, {}, count);
  return done({ ansible_facts: prefixed(asked) });
};

/** The facts of setup under its names; what other modules found is not among them. */
const prefixed = ({ facts, plainFacts }: HostRun): Vars =>
  Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (plainFacts.has(name) ? [] : [[`ansible_${name}`, value]])),
  );
