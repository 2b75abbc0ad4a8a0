/** Options that `run` and similar commands share, as commander gives them; the letters are Ansible's. */
export interface Settings {
  readonly inventory?: readonly string[];
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly forks?: string;
  readonly become?: boolean;
  readonly becomeUser?: string;
  readonly becomeMethod?: string;
  readonly askBecomePass?: boolean;
  readonly askPass?: boolean;
  readonly user?: string;
  readonly privateKey?: string;
  readonly connection?: string;
  readonly timeout?: string;
  readonly startAtTask?: string;
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
  readonly syntaxCheck?: boolean;
  readonly forceHandlers?: boolean;
  readonly sequential?: boolean;
  readonly detailedExitcode?: boolean;
  readonly rolesPath?: readonly string[];
  readonly verbose?: number;
  readonly output?: string;
  readonly color?: string;
}

/** Words of options that may be given several times and with commas: `-t a,b -t c`. */
export const words = (values: readonly string[] | undefined): readonly string[] =>
  (values ?? [])
    .flatMap(value => value.split(','))
    .map(word => word.trim())
    .filter(word => word !== '');
