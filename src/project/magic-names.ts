/** Names that are always there, or that the template language itself knows. (language page, 1.7) */
const MAGIC: ReadonlySet<string> = new Set(
  `inventory_hostname inventory_hostname_short inventory_dir inventory_file groups group_names hostvars vars omit play_hosts
  playbook_dir role_path role_name role_names environment item template_host template_path template_fullpath
  template_destpath template_mtime template_run_date template_uid packages services lookup query q range dict namespace
  lipsum cycler joiner now undef loop caller self super varargs kwargs true false none True False None
  discovered_interpreter_python module_setup gather_subset`.split(/\s+/),
);

/** Whether a name needs no definition: magic variables, facts, and what modules leave as facts. */
export const isMagic = (name: string): boolean => MAGIC.has(name) || /^(?:ansible_|getent_)/.test(name);
