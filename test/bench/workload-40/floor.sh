# The work of this workload by hand; the functions stand in ../floor.sh.
host=$(hostname)
kernel=$(uname -r)
. /etc/os-release
major=${VERSION_ID%%.*}
cpus=$(nproc)
[ "$cpus" -ge 2 ] || cpus=2
memory=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
address=$(ip -4 route get 1.1.1.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
version=2.3
release=/srv/portal/releases/$version
[ "$ID" = debian ] && [ "$major" -ge 11 ] || exit 1

packages='openssl rsyslog sudo'
[ "$(dpkg-query -W -f '${db:Status-Status} ' $packages)" = 'installed installed installed ' ] ||
  { apt-get install -y $packages; changed packages; }
account() { # name uid: an administrator
  [ "$(getent passwd "$1")" = "$1:x:$2:$2::/home/$1:/bin/bash" ] && case ",$(getent group ops | cut -d: -f4)," in *",$1,"*) true ;; *) false ;; esac ||
    { useradd -u "$2" -U -G ops -s /bin/bash -m "$1"; changed "$1"; }
}
[ "$(getent group ops | cut -d: -f3)" = 3000 ] || { groupadd -g 3000 ops; changed group; }
account alice 3001
account bob 3002
dir /home/alice/.ssh 700 alice alice
dir /home/bob/.ssh 700 bob bob
put /home/alice/.ssh/authorized_keys 600 alice alice <<'END'
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKZ5l3Yx0Yg3S1qPq0Ih0Zq1yqk4mF3s1aP8gG3nQv7b alice@example.net
END
put /home/bob/.ssh/authorized_keys 600 bob bob <<'END'
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC4sQ9c7o5m0F3yq0u9V1dZ0e3oH9Xf2n5T6w8Rk1LmP bob@example.net
END
[ "$(cat /etc/sudoers.d/ops)" = '%ops ALL=(ALL) NOPASSWD: ALL' ] || {
  echo '%ops ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/.ops && chmod 440 /etc/sudoers.d/.ops &&
    visudo -q -cf /etc/sudoers.d/.ops && mv /etc/sudoers.d/.ops /etc/sudoers.d/ops && changed sudo
}
own /etc/sudoers.d/ops 440 root root
put /etc/motd 644 root root <<END
$host: Debian $major, $cpus workers
END
grep -qx 'PermitRootLogin prohibit-password' /etc/ssh/sshd_config || {
  sed 's/^#\{0,1\}PermitRootLogin.*/PermitRootLogin prohibit-password/' /etc/ssh/sshd_config >/etc/ssh/sshd_config.new &&
    /usr/sbin/sshd -t -f /etc/ssh/sshd_config.new && cat /etc/ssh/sshd_config.new >/etc/ssh/sshd_config && changed sshd
  rm -f /etc/ssh/sshd_config.new
}
line /etc/sysctl.d/60-base.conf 'vm.swappiness = 10' '^vm\.swappiness'
line /etc/sysctl.d/60-base.conf 'net.core.somaxconn = 4096' '^net\.core\.somaxconn'
own /etc/sysctl.d/60-base.conf 644 root root
if [ "$(sed -n '/^# BEGIN services$/,/^# END services$/p' /etc/hosts)" != "# BEGIN services
192.0.2.30 db.example.net db
192.0.2.31 cache.example.net cache
# END services" ]; then
  sed '/^# BEGIN services$/,/^# END services$/d' /etc/hosts >/etc/hosts.new
  printf '%s\n' '# BEGIN services' '192.0.2.30 db.example.net db' '192.0.2.31 cache.example.net cache' '# END services' >>/etc/hosts.new
  cat /etc/hosts.new >/etc/hosts; rm /etc/hosts.new
  changed block
fi
put /etc/rsyslog.d/30-portal.conf 644 root root <<'END'
if $programname == 'portal' then /var/log/portal.log
& stop
END
LOGGER=$PUT
[ "$(systemctl is-active rsyslog)" = active ] || { systemctl start rsyslog; changed rsyslog; }
[ "$(systemctl is-enabled rsyslog)" = enabled ] || { systemctl enable rsyslog; changed rsyslog; }

RESTART=
[ "$(getent group portal | cut -d: -f3)" = 870 ] || { groupadd -r -g 870 portal; changed group; }
[ "$(getent passwd portal)" = "portal:x:870:870::/srv/portal:/usr/sbin/nologin" ] ||
  { useradd -r -u 870 -g portal -d /srv/portal -s /usr/sbin/nologin -M portal; changed user; }
dir /srv/portal 755 root root
for folder in cache data log run; do dir /srv/portal/$folder 750 portal portal; done
dir /etc/portal 755 root root
dir /etc/portal/sites 755 root root
dir /srv/portal/releases 755 root root
installed=$(cat /srv/portal/VERSION)
if [ "$installed" != $version ]; then
  dir $release 755 root root
  dir $release/pages 755 root root
  put $release/run.sh 644 root root <<'END'
#!/bin/sh
exec sleep 1
END
  put $release/pages/index.html 644 root root <<'END'
<h1>Portal</h1>
END
  put $release/pages/about.html 644 root root <<'END'
<h1>About</h1>
END
  put $release/pages/help.html 644 root root <<'END'
<h1>Help</h1>
END
fi
[ -e $release/index ] || { (cd $release && ls pages >index); changed index; }
[ "$(readlink /srv/portal/current)" = $release ] || RESTART=1
link $release /srv/portal/current
printf %s $version | put /srv/portal/VERSION 644 root root
[ "$installed" = $version ] || {
  line /srv/portal/log/upgrades "${installed:-nothing} -> $version"
  own /srv/portal/log/upgrades 640 portal root
}
[ "$memory" -gt 4096 ] && cache=large || cache=small
put /etc/portal/portal.conf 640 root portal <<END
# Ansible managed
[portal]
host = $host
address = ${address:-0.0.0.0}
port = 8080
workers = $cpus
cache = $cache
END
RESTART=$RESTART$PUT
for site in shop:8081 blog:8082 wiki:8083; do
  put /etc/portal/sites/${site%:*}.conf 644 root root <<END
server {
  name ${site%:*}.example.net;
  listen ${site#*:};
  upstream 127.0.0.1:8080;
}
END
  RESTART=$RESTART$PUT
done
absent /etc/portal/sites/default.conf
put /etc/default/portal 644 root root <<END
PORTAL_ROOT=/srv/portal
PORTAL_WORKERS=$cpus
END
RESTART=$RESTART$PUT
put /etc/logrotate.d/portal 644 root root <<'END'
/srv/portal/log/*.log {
    weekly
    rotate 4
    missingok
    compress
}
END
[ -e /srv/portal/data/schema ] || {
  echo 1 >/srv/portal/data/schema; chown portal:portal /srv/portal/data/schema; chmod 640 /srv/portal/data/schema; changed schema
}
schema=$(cat /srv/portal/data/schema)
put /etc/portal/database 640 root portal <<'END'
password=not-much-of-a-secret
END
[ "$schema" -ge 2 ] || { echo 2 >/srv/portal/data/schema; changed schema; }
[ -z "$LOGGER" ] || { systemctl restart rsyslog; changed rsyslog; }
[ -z "$RESTART" ] || { touch /srv/portal/run/started; changed portal; }
for attempt in 1 2 3; do [ -e /srv/portal/run/started ] && break; sleep 1; done
[ "$(ls /etc/portal/sites/*.conf | wc -l)" -eq 3 ] || exit 1
put /etc/portal/release 644 root root <<END
$version on $kernel
END
