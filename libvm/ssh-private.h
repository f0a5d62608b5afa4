/* SPDX-License-Identifier: GPL-2.0-only */
/* What ssh.c (ssh at work) and ssh-words.c (its words) share. */
#ifndef LIBVM_SSH_PRIVATE_H
#define LIBVM_SSH_PRIVATE_H

#include "libvm/ssh.h"

/* On stderr, last, of a command that itself ended with 255, which is ssh's own failure else. */
#define SSH_FAILED_MARK "vexvm: the command's own status is 255\n"

/* A line for the guest's shell that runs the shell text @script as root; to be freed. */
char *ssh_as_root(const char *script);

#endif /* LIBVM_SSH_PRIVATE_H */
