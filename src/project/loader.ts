import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FileSearch, Folder, Standing } from '../core/files.js';
import type { Included, Loader } from '../core/loader.js';
import type { HostName } from '../core/names.js';
import type { Inventory, Task } from '../core/play.js';
import type { Output } from '../core/probe.js';
import type { Result } from '../core/result.js';
import type { SourceVars, Vars } from '../core/value.js';
import { controllerCommand } from './controller-command.js';
import { type FileStore, Files } from './files.js';
import { includedRole, includedTasks } from './includes.js';
import { Mistakes } from './mistakes.js';
import { hostsMatching } from './pattern.js';
import type { Reading } from './reading.js';
import { emptyVars, variablesOf } from './source.js';
import { varsFilesBelow } from './vars-files.js';

/** The project as the engine asks for it while plays run. */
export class ProjectLoader implements Loader {
  constructor(
    readonly reading: Reading,
    readonly store: FileStore,
    /** Reads the inventory from its sources. */
    readonly readInventory: (mistakes: Mistakes) => Promise<Inventory>,
  ) {}

  async inventory(): Promise<Result<Inventory>> {
    const mistakes = new Mistakes();
    return mistakes.result(await this.readInventory(mistakes));
  }

  async includeTasks(task: Task, name: string, standing: Standing): Promise<Result<Included>> {
    const reading = this.#afresh();
    return reading.mistakes.result(includedTasks(name, { task, standing, reading, mayBeSkipped: false }));
  }

  async includeRole(task: Task, args: Vars, standing: Standing): Promise<Result<Included>> {
    const reading = this.#afresh();
    return reading.mistakes.result(includedRole(args, { task, standing, reading, mayBeSkipped: false }));
  }

  async varsFile(absolute: string): Promise<Result<SourceVars>> {
    const mistakes = new Mistakes();
    const map = this.reading.texts.dictionary(absolute, mistakes);
    return mistakes.result(variablesOf(map, mistakes, 'a file of variables') ?? emptyVars());
  }

  async command(line: string, directory: string): Promise<Output> {
    return await controllerCommand(line, directory);
  }

  match(pattern: string, inventory: Inventory): Result<readonly HostName[]> {
    return hostsMatching(pattern, inventory);
  }

  files(standing: Standing): FileSearch {
    return new Files(this.store, standing);
  }

  directory(name: string, folder: Folder, standing: Standing): readonly string[] | undefined {
    const found = this.files(standing)
      .tried(name, folder)
      .find(one => existsSync(one) && statSync(one).isDirectory());
    return found === undefined ? undefined : varsFilesBelow(found).filter(file => path.extname(file) !== '');
  }

  /** Each include gets mistakes of its own, and the same ids whichever host asks first. */
  #afresh(): Reading {
    return { ...this.reading, mistakes: new Mistakes(), size: { steps: 0 }, ids: new Map(), written: new Map() };
  }
}
