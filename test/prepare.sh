#!/bin/sh
# Brings what the tests need beside npm's packages: real parts from Debian. Says what it does; does nothing if all is there.
# As an ordinary user, or without apt-get, it only says what is missing; the tests that need it are then skipped, and say so.
set -eu
missing=
need() { # program package
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"
}
need sshd openssh-server
need ssh openssh-client
need sudo sudo
need ip iproute2
need ethtool ethtool
need rsyslogd rsyslog
need tcpdump tcpdump
need busybox busybox-static
need fish fish
need mksh mksh
need ksh93 ksh93u+m
need zsh zsh
need yash yash
need tcsh tcsh
need setfacl acl
need setfattr attr
need setcap libcap2-bin
need rsync rsync
need git git
need svn subversion
need make make
need gcc gcc
need crontab cron
need mmdebstrap mmdebstrap
need systemd-nspawn systemd-container
need dpkg-scanpackages dpkg-dev
need dkms dkms
# Kernel modules are built for Debian's kernel, whichever one runs.
ls -d /lib/modules/*/build/include >/dev/null 2>&1 || missing="$missing linux-headers-$(dpkg --print-architecture 2>/dev/null)"
[ -e /usr/lib/python3/dist-packages/ansible/cli/playbook.py ] || missing="$missing ansible-core"
/usr/bin/python3 -c 'import jinja2' 2>/dev/null || missing="$missing python3-jinja2"
ls /usr/lib/*/rsyslog/omrelp.so >/dev/null 2>&1 || missing="$missing rsyslog-relp"
[ -e /usr/include/pcap.h ] || missing="$missing libpcap-dev"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "tests that need these Debian packages will be skipped:$missing"
  exit 0
fi
echo "installing for the tests:$missing"
# Services must not start on the machine that runs the tests: programs are wanted, not daemons.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  made=yes
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 $missing >/dev/null 2>&1 ||
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 $missing >/dev/null; }
