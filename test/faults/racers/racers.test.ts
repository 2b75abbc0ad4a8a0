import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { run, SHELLS } from '../../modules/doing.js';
import { Arena, become, type How, PLACES } from './arena.js';
import { SCENES } from './scenes.js';

/** So many swaps at least in all: 10000 in the long form. */
const SWAPS = Number(process.env.RACER_SWAPS ?? 0);
const HOWS: readonly How[] = ['temporaries', 'goals', 'parent'];

describe.runIf(userInfo().uid === 0)('somebody who may write to the directory', () => {
  describe.each(PLACES)('of the kind %s', place => {
    it.each(HOWS)(
      'and swaps %s, gains nothing by any module that writes',
      async how => {
        let swaps = 0;
        for (let turn = 0; turn === 0 || swaps < SWAPS / (PLACES.length * HOWS.length); turn++) {
          const arena = new Arena(SHELLS[(turn + PLACES.indexOf(place) + HOWS.indexOf(how)) % SHELLS.length], place);
          try {
            const outcome = await arena.attack(SCENES, how, SWAPS > 0 ? 6 : 2);
            swaps += outcome.swaps;
            if (process.env.RACER_TALE) console.log(place, how, arena.shell, outcome);
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
});

describe.runIf(userInfo().uid === 0)('without a racer', () => {
  describe.each(SHELLS)('in %s', (...shell) => {
    it.each(PLACES)('all is written in a place of the kind %s', kind => {
      const arena = new Arena(shell);
      const directory = mkdtempSync('/tmp/calm-');
      try {
        chmodSync(directory, 0o755);
        const place = `${directory}/place`;
        mkdirSync(place);
        become(place, kind);
        for (const [i, scene] of SCENES.entries()) {
          const goal = `${place}/goal-${i}`;
          arena.prepare(scene, [goal]);
          const said = arena
            .changes(scene, goal)
            .map(({ apply }) => run(apply, { shell, blobs: `${arena.root}/blobs` }))
            .map(({ status, stderr }) => ({ status, stderr }));
          if (scene.needsGnu && shell[0] === 'busybox') continue;
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
  });
});
