/** What a git task wants, with its defaults filled in. */
export interface GitWish {
  readonly repo: string;
  readonly dest: string;
  readonly version: string;
  readonly remote: string;
  readonly refspec?: string | undefined;
  readonly reference?: string | undefined;
  readonly force: boolean;
  readonly depth?: number | undefined;
  readonly clone: boolean;
  readonly update: boolean;
  readonly bare: boolean;
  readonly executable?: string | undefined;
  readonly recursive: boolean;
  readonly single_branch: boolean;
  readonly track_submodules: boolean;
  readonly key_file?: string | undefined;
  readonly ssh_opts?: string | undefined;
  readonly umask?: string | undefined;
}
