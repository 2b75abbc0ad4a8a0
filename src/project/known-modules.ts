/**
 * Modules that roles in the wild call and that may be missing here. Told apart from slips of the fingers: under a
 * `when` they are most often for another system, so that they only warn.
 */
const NAMES = `
acl acme_certificate alternatives apache2_module apk apt apt_key apt_repository archive assemble at authorized_key
blockinfile bower bundler capabilities command composer consul copy cpanm cron cronvar crypttab deb822_repository debconf
deploy_helper django_manage dnf dnf5 docker_compose docker_compose_v2 docker_container docker_host_info docker_image
docker_image_build docker_image_info docker_image_pull docker_login docker_network docker_prune docker_swarm docker_volume
dpkg_divert dpkg_selections easy_install ejabberd_user etcd3 expect fetch file filesystem filesize find firewalld flatpak gem
get_certificate get_url getent git git_config github_release gluster_volume group grafana_dashboard haproxy homebrew
homebrew_cask hostname htpasswd influxdb_database ini_file interfaces_file ipify_facts iptables iso_extract java_cert
java_keystore jenkins_plugin kernel_blacklist known_hosts launchd ldap_attrs ldap_entry lineinfile locale_gen lvg lvol
lxc_container lxd_container lxd_profile macports make mail modprobe mongodb_user monit mount mysql_db mysql_info mysql_query
mysql_replication mysql_user mysql_variables nagios nmcli npm nsupdate open_iscsi openbsd_pkg openssh_keypair openssl_csr
openssl_dhparam openssl_pkcs12 openssl_privatekey openssl_publickey osx_defaults package package_facts pacman pam_limits
pamd parted patch pear ping pip pip_package_info pipx pkgng pkgin portage postgresql_copy postgresql_db postgresql_ext
postgresql_info postgresql_lang postgresql_owner postgresql_pg_hba postgresql_ping postgresql_privs postgresql_query
postgresql_schema postgresql_set postgresql_slot postgresql_table postgresql_tablespace postgresql_user proxysql_manage_config
proxysql_mysql_users psexec rabbitmq_exchange rabbitmq_parameter rabbitmq_plugin rabbitmq_policy rabbitmq_queue rabbitmq_user
rabbitmq_vhost raw reboot redhat_subscription replace rhel_repos rhsm_release rhsm_repository rpm_key runit script seboolean
sefcontext selinux selinux_permissive selogin seport service service_facts shell slack slurp snap ssh_config ssh_keypair stat
subversion sudoers supervisorctl svc swupd synchronize sysctl sysrc systemd systemd_service sysvinit telegram tempfile template
terraform timezone ufw unarchive uri urpmi user wait_for win_command win_copy win_feature win_file win_package win_ping
win_reboot win_service win_shell win_template win_user x509_certificate xattr xfs_quota xml yarn yum yum_repository zabbix_host
zfs zypper zypper_repository
`;
const KNOWN = new Set(NAMES.split(/\s+/).filter(name => name !== ''));

/** Their short names, for hints. */
export const knownModules = (): Iterable<string> => KNOWN;

/** A module that exists somewhere, though not here: a well-known one, or one of a collection by its full name. */
export const isKnownElsewhere = (name: string): boolean =>
  KNOWN.has(name.replace(/^.*\./, '')) || /^(?!ansible\.(?:builtin|legacy)\.)[a-z_]\w*\.\w+\.\w+(?:\.\w+)*$/.test(name);
