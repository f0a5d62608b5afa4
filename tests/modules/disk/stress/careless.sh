#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vexvm: inject eio:write:n=2..
# The same with a module that ignores the error: it is found out.
echo Y >"/sys/module/$VEXVM_MODULE/parameters/careless"
cd ../tests && . ./ledger.sh
