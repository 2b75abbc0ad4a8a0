import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { flush } from '../../../src/core/draft.js';
import { sh } from '../../../src/core/sh.js';
import { run, SHELLS } from '../../modules/doing.js';
import { Arena, become, type How, MALLORY, PLACES, type Place } from './arena.js';
import { SCENES } from './scenes.js';

/** So many swaps at least in all: 10000 in the long form, which tries every pair of places and ways. */
const SWAPS = Number(process.env.RACER_SWAPS ?? 0);
const isLong = SWAPS > 0;
const ATTACKS: readonly (readonly [Place, How])[] = isLong
  ? PLACES.flatMap(place => (['temporaries', 'goals', 'parent'] as const).map(how => [place, how] as const))
  : [
      ['own', 'temporaries'],
      ['own', 'parent'],
      ['sticky', 'goals'],
    ];

describe.runIf(userInfo().uid === 0)('somebody who may write to the directory', () => {
  it.each(ATTACKS)(
    'of the kind %s, and swaps %s, gains nothing by any module that writes',
    async (place, how) => {
      let swaps = 0;
      for (let turn = 0; turn === 0 || (swaps < SWAPS / ATTACKS.length && turn < 50); turn++) {
        const shell = SHELLS[(turn + ATTACKS.findIndex(([a, b]) => a === place && b === how)) % SHELLS.length];
        const arena = new Arena(shell, place);
        try {
          const outcome = await arena.attack(SCENES, how, isLong ? 4 : 1);
          swaps += outcome.swaps;
          if (process.env.RACER_TALE) console.log(place, how, shell, outcome);
          expect({ touched: outcome.touched, lies: outcome.lies }).toEqual({ touched: [], lies: [] });
          // In a place like /tmp she may only swap what is hers.
          if (place !== 'sticky') expect(outcome.swaps).toBeGreaterThan(0);
        } finally {
          arena.remove();
        }
      }
    },
    3_600_000,
  );
});

/** Each shell, and each place; all pairs in the long form. */
const CALM = SHELLS.flatMap((shell, i) => PLACES.filter((_, j) => isLong || i === j).map(place => ({ shell, place })));

describe.runIf(userInfo().uid === 0)('without a racer', () => {
  it.each(CALM)('all is written in a place of the kind $place ($shell)', ({ shell, place: kind }) => {
    const arena = new Arena(shell);
    const directory = mkdtempSync('/tmp/calm-');
    try {
      chmodSync(directory, 0o755);
      const place = `${directory}/place`;
      mkdirSync(place);
      become(place, kind);
      for (const [i, scene] of SCENES.entries()) {
        if (scene.needsGnu && shell[0] === 'busybox') continue;
        const goal = `${place}/goal-${i}`;
        arena.prepare(scene, [goal]);
        const said = arena
          .changes(scene, goal)
          .map(({ apply }) => run(apply, { shell, blobs: `${arena.root}/blobs` }))
          .map(({ status, stderr }) => ({ status, stderr }));
        expect([scene.name, said]).toEqual([scene.name, said.map(() => ({ status: 0, stderr: '' }))]);
        if (!scene.always) expect([scene.name, arena.plan(scene, goal)]).toEqual([scene.name, []]);
      }
      const left = spawnSync('find', [directory, '-name', '.ringmaster*'], { encoding: 'utf8' });
      expect(left.stdout).toBe('');
    } finally {
      arena.remove();
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it.each(SHELLS)('what a killed act left is swept, and nothing else (%s)', (...shell) => {
    const directory = mkdtempSync('/tmp/swept-');
    const names = ['.ringmaster-0private.999999.0', '.ringmaster-0private.999998.0', 'other'];
    try {
      for (const name of names) mkdirSync(`${directory}/${name}/f`, { recursive: true });
      for (const name of names) chmodSync(`${directory}/${name}`, 0o700);
      writeFileSync(`${directory}/${names[0]}/.ringmaster`, '');
      symlinkSync(names[2]!, `${directory}/.ringmaster-0private.999997.0`);
      chownSync(directory, MALLORY, MALLORY);
      expect(run(flush([sh`${directory}`]), { shell })).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(readdirSync(directory).sort()).toEqual(['.ringmaster-0private.999997.0', names[1], 'other']);
      expect(readdirSync(`${directory}/other`)).toEqual(['f']);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
