# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Read by the entry points, which have set `here` to this folder: makes sure
# that the packages are there and the lab is built, then `vexvm ARGS…` ends in
# the lab's program, set to the project that this folder belongs to.

root=$(dirname "${here:?}")

# Two at once: one builds, the other waits for it.
prepare() {
	mkdir -p "$root/build" || exit 8
	exec 9>"$root/build/.lock" || exit 8
	if ! flock -n 9; then
		echo "Waiting for another build of the lab ..." >&2
		flock 9
	fi
	# Asked once for every state of the list.
	if ! cmp -s "$root/scripts/install-deps" "$root/build/.deps"; then
		"$root/scripts/install-deps" || exit 8
		cp "$root/scripts/install-deps" "$root/build/.deps"
	fi
	[ -e "$root/build/vexvm" ] || echo "Building the lab ..." >&2
	if ! make -s -C "$root" -j"$(nproc)" all >"$root/build/.log" 2>&1; then
		cat "$root/build/.log" >&2
		echo "The lab does not build; the compiler's words are above" >&2
		exit 8
	fi
	# What is started must not hold the lock.
	exec 9>&-
}

vexvm() {
	prepare
	exec "$root/build/vexvm" --project="$root" "$@"
}
