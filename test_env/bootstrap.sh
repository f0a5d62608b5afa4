# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Read by the entry points, which have set `here` to this folder: makes sure
# that the packages are there and the lab is built, then `vexvm ARGS…` ends in
# the lab's program, set to the project that this folder belongs to.

root=$(dirname "${here:?}")
needs_programs=

build() {
	make -s -C "$root" -j"$(nproc)" "$1" >"$root/build/.$1.log" 2>&1
}

# Without the lab nothing goes; without the module's own programs, which those
# who change them break, only what says that it needs them (needs_programs=yes) does not.
build_all() {
	build all && return
	if ! build lab; then
		cat "$root/build/.lab.log" >&2
		echo "The lab does not build; the compiler's words are above" >&2
		exit 8
	fi
	if [ "${needs_programs:-}" ]; then
		cat "$root/build/.all.log" >&2
		echo "The programs that the suites need do not build; the compiler's words are above" >&2
		exit 3
	fi
	echo "The module's own programs do not build; 'make' says why" >&2
}

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
	[ -e "$root/build/vexvm" ] || echo "Building the lab, once (a minute on two idle processors) ..." >&2
	build_all
	# What is started must not hold the lock.
	exec 9>&-
}

vexvm() {
	prepare
	exec "$root/build/vexvm" --project="$root" "$@"
}
