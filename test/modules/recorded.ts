import { isBlocked } from '../../src/core/change.js';
import type { AnyModule } from '../../src/core/module.js';

/** A run of the module of the same name of ansible-core: what went in, what came of it. */
export interface Recorded {
  readonly before: string | null;
  readonly args: { readonly [name: string]: unknown };
  readonly failed: boolean;
  readonly changed: boolean;
  readonly after: string | null;
  readonly msg?: string;
  readonly found?: number;
}

/** What ours makes of the same, without a target: the look is told what the file holds. */
export function replayed(module: AnyModule, { before, args: raw }: Recorded): Omit<Recorded, 'before' | 'args'> {
  const parsed = module.args.safeParse({ ...raw, path: '/srv/f' });
  if (!parsed.success) return { failed: true, changed: false, after: before };
  const given = { found: [] };
  const size = Buffer.byteLength(before ?? '');
  const stdout =
    before === null
      ? 'gone here\numask 0022\n'
      : `status 81a4 0 0 ${size} 1:root:root\numask 0022\ntext\n${Buffer.from(before).toString('base64')}\n`;
  const page = module.probe(parsed.data, given).parse({ stdout, stderr: '', status: 0 });
  const plan = module.plan(parsed.data, page, given);
  if (isBlocked(plan)) return { failed: true, changed: false, after: before };
  const left = plan.at(-1)?.leaves?.find(effect => effect.kind === 'path')?.is;
  const bytes = typeof left === 'object' ? left.content : undefined;
  const result = module.result!(parsed.data, page, { kind: plan.length > 0 ? 'foreseen' : 'nothing' }, given);
  return {
    failed: false,
    changed: plan.length > 0,
    after: bytes ? Buffer.from(bytes).toString('utf8') : before,
    msg: result.msg as string,
    ...(result.found === undefined ? {} : { found: result.found as number }),
  };
}
