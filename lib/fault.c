// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"

G_DEFINE_QUARK(lab-error-quark, lab_error)

bool fault_set(GError **error, enum lab_error code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (error)
		*error = g_error_new_valist(LAB_ERROR, code, format, args);
	va_end(args);
	return false;
}

bool fault_set_errno(GError **error, enum lab_error code, int errnum,
		     const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	return fault_set(error, code, "%s: %s", what, g_strerror(errnum));
}

int fault_exit_status(const GError *error)
{
	if (!error)
		return 0;
	if (error->domain == LAB_ERROR)
		return error->code;
	if (error->domain == G_OPTION_ERROR)
		return LAB_ERROR_USAGE;
	return LAB_ERROR_LAB;
}
