// SPDX-License-Identifier: GPL-2.0-only
/* A misc device that gives back what was written last. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#define ECHO_MAX 128

static DEFINE_MUTEX(echo_lock);
static char echo_text[ECHO_MAX];
static size_t echo_size;

static ssize_t echo_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&echo_lock);
	ret = simple_read_from_buffer(buf, count, pos, echo_text, echo_size);
	mutex_unlock(&echo_lock);
	return ret;
}

static ssize_t echo_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	loff_t start = 0;
	ssize_t ret;

	if (count > ECHO_MAX)
		return -EMSGSIZE;
	mutex_lock(&echo_lock);
	ret = simple_write_to_buffer(echo_text, sizeof(echo_text), &start, buf, count);
	if (ret >= 0)
		echo_size = ret;
	mutex_unlock(&echo_lock);
	return ret;
}

static const struct file_operations echo_operations = {
	.owner = THIS_MODULE,
	.read = echo_read,
	.write = echo_write,
};

static struct miscdevice echo_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "echo_device",
	.fops = &echo_operations,
};

module_misc_device(echo_device);
MODULE_DESCRIPTION("gives back what was written");
MODULE_LICENSE("GPL");
