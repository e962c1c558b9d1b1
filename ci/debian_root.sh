# shellcheck shell=bash
# Sourced by ci/fresh and ci/installed: a minimal Debian in a temporary directory, entered in namespaces of
# its own, so that no mount, process or network namespace outlives the call. Both define $me (their own
# file) and the function `inside ROOT ARGUMENT...`. It needs root and the Debian mirror that this machine's
# apt is configured to use. TMPDIR (default /var/tmp) holds the system.

release=bookworm
name=$(basename "$me")

say() { echo "$name: $*"; }
die() { echo "$name: $*" >&2; exit 2; }

# The lines of sources.list by which this machine's apt reaches Debian itself, third parties left out.
debian_sources() {
  apt-get indextargets --format '$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
    awk -v r="$release" '$1 == "Packages" && $4 == "main" &&
      ($3 == r || $3 == r "-updates" || $3 == r "-security") {print "deb", $2, $3, $4}' | sort -u
}

# How it reaches them: proxies, retries, the check of dates (a frozen mirror has it off).
apt_access() {
  apt-config dump | grep -E '^Acquire::(https?::|ftp::|Check-|Retries|ForceIPv)' | grep -v 'Auto-Detect' || true
}

# make_debian ROOT: in the namespaces, the new system is made and mounted.
make_debian() {
  local root=$1 began=$SECONDS mirror proxy=
  mount --bind "$root" "$root"  # so that / is a mount point in there, as `ip netns exec` needs it
  mirror=$(debian_sources | awk -v r="$release" '$3 == r {print $2; exit}')
  [ -n "$mirror" ] || die "this machine's apt knows no Debian $release mirror; see apt-get indextargets"
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  http_proxy=${proxy:-${http_proxy:-}} debootstrap --variant=minbase --include=ca-certificates \
    "$release" "$root" "$mirror" >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; die "debootstrap failed"; }
  debian_sources >"$root/etc/apt/sources.list"
  apt_access >"$root/etc/apt/apt.conf.d/00machine"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  say "a minimal Debian 12 stands ($((SECONDS - began)) s, $(du -sxm "$root" | cut -f1) MB)"
}

# in_debian ROOT [NAME=VALUE]... COMMAND...: runs it there, with nothing of this environment.
in_debian() {
  local root=$1
  shift
  chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" CI=true \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null
}

# enter_debian ARGUMENT...: calls `inside ROOT ARGUMENT...` in the namespaces, where ROOT is an empty
# directory that is removed afterwards; ends with its exit status.
enter_debian() {
  [ "$(id -u)" -eq 0 ] || die "needs root (debootstrap, mounts, network namespaces)"
  "$(dirname "$me")/install" fresh
  debian_root=$(mktemp -d "${TMPDIR:-/var/tmp}/mipvet-$name.XXXXXX")
  chmod 755 "$debian_root"
  debian_child=
  trap remove_debian EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # The mounts live in a mount namespace and the processes in a process namespace that end with the child.
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    bash "$me" --inside "$debian_root" "$@" </dev/null &
  debian_child=$!
  local status=0
  wait "$debian_child" || status=$?
  debian_child=
  exit "$status"
}

remove_debian() {
  trap - EXIT INT TERM HUP
  if [ -n "$debian_child" ]; then
    kill "$debian_child" 2>/dev/null || true
    wait "$debian_child" 2>/dev/null || true
  fi
  rm -rf --one-file-system "$debian_root" "$debian_root.log"
}
