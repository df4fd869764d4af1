# shellcheck shell=bash
# What the scripts share; each sources this. Why it is so: docs/decisions/setup.md.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
PY="$ROOT/.venv/bin/python"

# The tests start our programs some thousand times, and each would compile every source anew (some containers set this).
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# seconds_since START: as a person reads it, 12.3
seconds_since() {
    local passed=$(($(milliseconds) - $1))
    printf '%d.%d' $((passed / 1000)) $((passed % 1000 / 100))
}

is_root() { [ "$(id -u)" = 0 ]; }

# need_root WHAT-FOR: stops here when as_root could not work
need_root() {
    is_root || command -v sudo >/dev/null ||
        die "$1 needs root, and there is no sudo here: run this as root, or install sudo and allow it for $(id -un)"
}

# as_root COMMAND...: as it stands when we are root, else by sudo
as_root() { if is_root; then "$@"; else sudo "$@"; fi; }

# in_private_namespace COMMAND...
# Runs COMMAND with a network of its own (only loopback, up), an empty /run/pcscd and its own process table, so that
# its pcscd and its ports meet nobody else's. Files, and so Unix sockets under a path, stay shared. When COMMAND ends,
# everything that was started inside ends with it. Inside such a place it just runs COMMAND.
in_private_namespace() {
    if [ "${STATIOND_PRIVATE_NAMESPACE:-}" = "$(readlink /proc/self/ns/net)" ]; then
        "$@"
        return
    fi
    if ! [ -d /run/pcscd ]; then # a mount point has to exist; pcscd's package makes it only under systemd
        need_root "making /run/pcscd"
        as_root mkdir -p /run/pcscd
    fi

    local unshare=(unshare --net --mount --pid --fork --mount-proc --kill-child=TERM) enter refused as_before=()
    if is_root; then
        refused="$("${unshare[@]}" true 2>&1)" ||
            die "root cannot make namespaces here ($refused): a container has to be started with CAP_SYS_ADMIN" \
                "(--privileged), a chroot has to be a mount point (mount --bind DIR DIR before entering it)"
        enter=("${unshare[@]}")
    elif "${unshare[@]}" --map-root-user true 2>/dev/null; then
        enter=("${unshare[@]}" --map-root-user)
    elif command -v sudo >/dev/null; then
        say "users may not make namespaces here: sudo makes them and $(id -un) runs inside"
        enter=(sudo --preserve-env "${unshare[@]}")
        as_before=(setpriv --reuid="$(id -u)" --regid="$(id -g)" --init-groups
            env -u SUDO_UID -u SUDO_GID -u SUDO_USER -u SUDO_COMMAND
            HOME="$HOME" PATH="$PATH" USER="$(id -un)" LOGNAME="$(id -un)")
    else
        die "users may not make namespaces here and there is no sudo: run this as root, or allow them with" \
            "'sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000'"
    fi

    # In the background, because only a shell that waits can pass a signal on before its command has ended.
    setpriv --pdeathsig KILL "${enter[@]}" "$ROOT/script/namespace-init" "${as_before[@]}" "$@" <&0 &
    local outside=$! status=0 watcher=
    # shellcheck disable=SC2064
    trap "_end_namespace $outside" TERM HUP
    trap : INT # the terminal tells the command as well, and the command decides
    if [ "${enter[0]}" = sudo ]; then # a set-uid program sheds the death signal: watch in its place
        { tail --pid=$$ -f /dev/null && _end_namespace "$outside"; } </dev/null >/dev/null 2>&1 &
        watcher=$!
    fi
    wait_for "$outside" || status=$?
    trap - TERM HUP INT
    [ -z "$watcher" ] || kill "$watcher"
    return "$status"
}

# wait_for PID: its exit status, however many signals arrive meanwhile
wait_for() {
    local status again
    while :; do
        status=0
        wait "$1" || status=$?
        [ "$status" -gt 128 ] || return "$status" # it ended by itself
        [ ! -e "/proc/$1" ] || continue           # a signal to us cut the wait short
        again=0                                   # did a signal end it, or us waiting? asked twice, bash says 127
        wait "$1" 2>/dev/null || again=$?
        [ "$again" = 127 ] || status=$again
        return "$status"
    done
}

# _end_namespace PID: asks the namespace's first process, somewhere below PID, to end (unshare itself passes nothing on).
# Without `return`: a trap that returns ends bash's interrupted `wait` and everything after it.
_end_namespace() {
    local pid=$1
    while pid="$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)" && pid="${pid%% *}" && [ -n "$pid" ]; do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != namespace-init ] || break
    done
    if [ -n "$pid" ]; then
        kill -TERM "$pid" 2>/dev/null || as_root bash -c "kill -TERM $pid"
    else
        as_root bash -c "kill -KILL $1" # too early for it to exist: --kill-child ends what is on the way
    fi
}
