import type { Change } from '../../../core/change.js';
import type { Failure } from '../../../core/outcome.js';
import type { Output } from '../../../core/probe.js';
import { join, type Sh, sh } from '../../../core/sh.js';
import type { ModuleTask } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';

interface Limits {
  /** The job may take so long. */
  readonly seconds: number;
  /** Seconds between looks. */
  readonly poll: number;
}

/** Lost links in a row after which a job is given up. */
const LOST_IN_A_ROW = 5;

/**
 * Runs the acts of a plan detached from the connection, and looks at them until they end: a lost link does not end
 * forty minutes of make. The job keeps its script, output and status in a folder of its own on the target.
 */
export async function runJob(
  stage: Stage,
  work: ModuleTask,
  changes: readonly Change[],
  limits: Limits,
): Promise<readonly Output[] | Failure> {
  const { clock } = stage.run.ports;
  const outputs: Output[] = [];
  for (const change of changes) {
    const script = work.environment ? join([work.environment, change.apply], '\n') : change.apply;
    const started = await work.session.ask(
      work.become,
      { snippets: [start(script)], how: 'each', blobs: change.needs ?? [] },
      'act',
    );
    if (started.kind === 'lost') return started.failure;
    const folder = started.outputs[0]!;
    if (folder.status !== 0) return { reason: 'act-failed', what: change.what, output: folder };
    const ended = await wait(stage, work, folder.stdout.trim(), { ...limits, from: clock.now() });
    if ('reason' in ended) return ended;
    outputs.push(ended);
    if (ended.status !== 0) break;
  }
  return outputs;
}

/** Starts a script in a session of its own, with the umask of any other task, and prints the folder of the job. */
const start = (script: Sh): Sh => sh`mask=$(umask); umask 077
job=$(mktemp -d "\${TMPDIR:-/tmp}/.ringmaster-job.XXXXXX") || exit
mkdir "$job/blobs" && if [ -n "$(ls "$RM_BLOBS" 2>/dev/null)" ]; then cp "$RM_BLOBS"/* "$job/blobs/" || exit; fi
printf '%s\n' ${script.text} >"$job/run" || exit
set -- sh -c 'RM_BLOBS=$1/blobs; export RM_BLOBS; ( umask "$2"; exec sh "$1/run" ) >"$1/out" 2>"$1/err" </dev/null; echo $? >"$1/ended" && mv "$1/ended" "$1/status"' sh "$job" "$mask"
if command -v setsid >/dev/null 2>&1; then setsid "$@" >/dev/null 2>&1 & else ( trap '' HUP; exec "$@" ) >/dev/null 2>&1 & fi
printf %s "$!" >"$job/pid"
printf %s "$job"`;

async function wait(
  stage: Stage,
  work: ModuleTask,
  folder: string,
  { seconds, poll, from }: Limits & { readonly from: number },
): Promise<Output | Failure> {
  const { clock } = stage.run.ports;
  const ask = (script: Sh) => work.session.ask(work.become, { snippets: [script], how: 'each' }, 'look');
  let lost = 0;
  for (;;) {
    await clock.sleep(Math.max(1, poll) * 1000);
    const answer = await ask(
      sh`if [ -e ${folder}/status ]; then cat ${folder}/status; elif [ ! -d ${folder} ]; then echo gone; fi`,
    );
    if (answer.kind === 'lost') {
      if (++lost >= LOST_IN_A_ROW) return answer.failure;
      await work.session.reset();
      continue;
    }
    lost = 0;
    const said = answer.outputs[0]!.stdout.trim();
    if (/^\d+$/.test(said)) break;
    if (said === 'gone')
      return { reason: 'lost', why: `the job's folder ${folder} is gone: the host was restarted, or cleaned` };
    if (clock.now() - from > seconds * 1000 || stage.run.options.signal?.aborted) {
      await ask(
        sh`pid=$(cat ${folder}/pid); kill -TERM -"$pid" "$pid" 2>/dev/null; sleep 2; kill -KILL -"$pid" "$pid" 2>/dev/null; rm -rf ${folder}`,
      );
      if (stage.run.options.signal?.aborted) return { reason: 'interrupted', why: 'the job was ended' };
      return { reason: 'timeout', seconds, why: `the job was not done after ${seconds} s, and was ended` };
    }
  }
  const answer = await work.session.ask(
    work.become,
    {
      snippets: [sh`cat ${folder}/out`, sh`cat ${folder}/err`, sh`cat ${folder}/status`, sh`rm -rf ${folder}`],
      how: 'each',
    },
    'look',
  );
  if (answer.kind === 'lost') return answer.failure;
  const [out, err, status] = answer.outputs;
  const cut = { stdout: out!.cut?.stdout ?? 0, stderr: err!.cut?.stdout ?? 0 };
  return {
    stdout: out!.stdout,
    stderr: err!.stdout,
    status: Number(status!.stdout.trim()),
    ...(cut.stdout + cut.stderr > 0 ? { cut } : {}),
  };
}
