/*
 * Mallory: owns a directory and puts links in the place of whatever others make there, as fast as she can. Arguments: how,
 * the directory, root's file and root's private directory, and a file whose appearance ends her. Prints how often she swapped.
 *
 * `temporaries`: every new name that is not a goal, once. `goals`: the goals too, to and fro. `parent`: the directory itself.
 */
import { existsSync, lstatSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';

const [how, directory, crown, hollow, den, end] = process.argv.slice(2);
let swaps = 0;
const tried = deed => {
  try {
    deed();
    return true;
  } catch {
    return false;
  }
};

const put = (path, aside) => {
  const isDirectory = lstatSync(path).isDirectory();
  renameSync(path, aside);
  symlinkSync(isDirectory ? hollow : crown, path);
  swaps++;
};

function temporaries() {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('goal') || name.startsWith('aside')) continue;
    const path = `${directory}/${name}`;
    tried(() => lstatSync(path).isSymbolicLink() || put(path, `${directory}/aside${swaps}`));
  }
}

function goals() {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('aside')) continue;
    const path = `${directory}/${name}`;
    const aside = `${directory}/aside-${name}`;
    if (!tried(() => put(path, aside))) continue;
    for (let i = 0; i < 200; i++) tried(() => lstatSync(path));
    // What was made there meanwhile is thrown away, or stands.
    tried(() => {
      if (lstatSync(path).isSymbolicLink()) unlinkSync(path);
      else rmSync(path, { recursive: true });
    });
    tried(() => renameSync(aside, path));
  }
}

function parent() {
  renameSync(directory, `${directory}.aside`);
  symlinkSync(den, directory);
  swaps++;
  for (let i = 0; i < 300; i++) tried(() => lstatSync(directory));
  unlinkSync(directory);
  renameSync(`${directory}.aside`, directory);
  for (let i = 0; i < 300; i++) tried(() => lstatSync(directory));
}

const once = { temporaries, goals, parent }[how];
console.log('ready');
while (!existsSync(end)) for (let i = 0; i < 20; i++) tried(once);
console.log(swaps);
