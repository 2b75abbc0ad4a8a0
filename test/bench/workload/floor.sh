# The work of this workload by hand; the functions stand in ../floor.sh.
host=$(hostname)
kernel=$(uname -r)
machine=$(uname -m)
. /etc/os-release
cpus=$(nproc)
memory=$(awk '/^MemTotal/ { print int($2 / 1024 / 1024 + 0.5) }' /proc/meminfo)
address=$(ip -4 -o addr show eth0 | sed 's/.*inet \([0-9.]*\).*/\1/')

dir /srv/shop 755 root root
[ "$(getent group shop | cut -d: -f3)" = 2100 ] || { groupadd -g 2100 shop; changed group; }
[ "$(getent passwd shop)" = "shop:x:2100:2100::/srv/shop:/usr/sbin/nologin" ] ||
  { useradd -u 2100 -g shop -d /srv/shop -s /usr/sbin/nologin -M shop; changed user; }
dir /srv/shop/etc 750 root shop
dir /srv/shop/log 750 shop shop
dir /srv/shop/run 755 shop shop
dir /srv/shop/cache 700 shop shop
dir /srv/shop/data 750 shop shop
dir /srv/shop/parts 755 root root
dir /var/backups/shop 700 root root
dir /var/spool/shop 750 shop shop
dir /srv/shop/www 755 root shop

put /etc/motd 644 root root <<'END'
This host is kept by a playbook.
END
put /etc/profile.d/shop.sh 644 root root <<'END'
export SHOP_HOME=/srv/shop
END
put /srv/shop/etc/token 640 root shop <<'END'
token=not-much-of-a-secret
END
put /srv/shop/www/index.html 644 root shop <<'END'
<h1>Shop</h1>
END
put /etc/logrotate.d/shop 644 root root <<'END'
/srv/shop/log/*.log {
    weekly
    rotate 4
    missingok
    compress
}
END
put /srv/shop/start.sh 750 root shop <<'END'
#!/bin/sh
. /srv/shop/etc/environment
exec sleep 1
END
put /srv/shop/stop.sh 750 root shop <<'END'
#!/bin/sh
rm -f /srv/shop/run/lock
END
put /srv/shop/etc/ports 644 root shop <<'END'
port1 7711/tcp
port2 7722/tcp
port3 7733/tcp
port4 7744/tcp
port5 7755/tcp
port6 7766/tcp
port7 7777/tcp
port8 7788/tcp
port9 7799/tcp
END
put /srv/shop/www/robots.txt 644 root shop <<'END'
User-agent: *
Disallow: /
END

put /srv/shop/etc/shop.conf 640 root shop <<END
# $host: Debian $VERSION_ID
[shop]
version = 1.4
pool.1 = 16
pool.2 = 32
pool.3 = 64
pool.4 = 128
packages = apt
END
[ -z "$PUT" ] || { touch /srv/shop/changed; changed handler; }
put /etc/security/limits.d/shop.conf 644 root root <<'END'
shop soft nofile 65536
shop soft nproc 4096
shop hard nofile 65536
shop hard nproc 4096
END
put /srv/shop/etc/environment 644 root shop <<END
SHOP_HOST=$host
SHOP_KERNEL=$kernel
SHOP_ARCH=$machine
END
put /srv/shop/etc/workers 644 root shop <<END
workers = $cpus
memory = $memory GiB
END
put /srv/shop/etc/listen 644 root shop <<END
address = $address
port = 7777
END
put /srv/shop/etc/peers 644 root shop <<END
$PEERS
END
put /etc/issue.net 644 root root <<END
$host is watched.
END

line /etc/sysctl.d/60-shop.conf 'vm.swappiness = 10' '^vm\.swappiness'
line /etc/sysctl.d/60-shop.conf 'net.core.somaxconn = 4096' '^net\.core\.somaxconn'
own /etc/sysctl.d/60-shop.conf 644 root root
line /etc/login.defs 'UMASK 027' '^UMASK'
line /etc/hosts '192.0.2.10 shop.example'
line /etc/hosts '192.0.2.11 store.example'
line /etc/environment ENABLED=0 '^ENABLED='
own /etc/environment 644 root root
line /etc/shells /usr/sbin/nologin
line /etc/services 'shop 7777/tcp' '^shop[[:space:]]'

link /srv/shop/data /srv/shop/current
link /srv/shop/log /var/log/shop
link /srv/shop/etc /etc/shop
link /srv/shop/start.sh /usr/local/bin/shop-start

dir /srv/shop/.ssh 700 shop shop
[ -e /srv/shop/data/initialised ] || { touch /srv/shop/data/initialised; changed data; }
[ -e /srv/shop/cache/objects ] || { mkdir /srv/shop/cache/objects; changed cache; }
[ -e /var/spool/shop/in ] || { mkdir /var/spool/shop/in; changed spool; }
[ -e /srv/shop/www/.index ] || { ls /srv/shop/www >/srv/shop/www/.index; changed index; }
[ -e /srv/shop/data/seed ] || { head -c 32 /dev/urandom >/srv/shop/data/seed; changed seed; }
absent /srv/shop/old
absent /srv/shop/www/default.html
absent /srv/shop/run/lock
[ -e /srv/shop/data/database ] || { mkdir /srv/shop/data/database; changed database; }
put /srv/shop/etc/kernel 644 root shop <<END
$kernel
END
[ "$ID" != plan9 ] || echo other >/etc/other
if [ "$(sed -n '/^# BEGIN shop$/,/^# END shop$/p' /etc/hosts)" != "# BEGIN shop
192.0.2.20 one.shop.example
192.0.2.21 two.shop.example
# END shop" ]; then
  sed '/^# BEGIN shop$/,/^# END shop$/d' /etc/hosts >/etc/hosts.new
  printf '%s\n' '# BEGIN shop' '192.0.2.20 one.shop.example' '192.0.2.21 two.shop.example' '# END shop' >>/etc/hosts.new
  cat /etc/hosts.new >/etc/hosts; rm /etc/hosts.new
  changed block
fi
for part in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  put "/srv/shop/parts/$part" 644 root shop <<END
part $part
END
done
put /srv/shop/version 644 root shop <<'END'
1.4
END
line /srv/shop/.ssh/authorized_keys 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKZ5l3Yx0Yg3S1qPq0Ih0Zq1yqk4mF3s1aP8gG3nQv7b shop@example.net'
own /srv/shop/.ssh/authorized_keys 600 shop shop
now=$(ethtool -k eth4)
on=
for feature in rx-checksumming tx-checksumming tcp-segmentation-offload generic-segmentation-offload generic-receive-offload; do
  case $now in *"$feature: on"*) on=1 ;; esac
done
[ -z "$on" ] || { ethtool -K eth4 rx off tx off tso off gso off gro off; changed offloads; }
