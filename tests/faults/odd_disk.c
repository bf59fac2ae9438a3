// A disk that is odd in one way, by the environment: what a process asks of it is answered as such a disk answers.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(int error) {
    errno = error;
    return -1;
}

// WITHOUT_LOCKS: Lustre that is mounted without flock.
int flock(int file, int operation) {
    static int (*next)(int, int);
    if (getenv("WITHOUT_LOCKS")) return refuse(ENOSYS);
    if (!next) next = dlsym(RTLD_NEXT, "flock");
    return next(file, operation);
}

// WITHOUT_MODES: the folder of a disk of Windows, mounted by CIFS.
static int has_no_modes(const char *path) {
    const char *folder = getenv("WITHOUT_MODES");
    char resolved[PATH_MAX];
    return folder && realpath(path, resolved) && strncmp(resolved, folder, strlen(folder)) == 0;
}

int chmod(const char *path, mode_t mode) { return fchmodat(AT_FDCWD, path, mode, 0); }

int fchmodat(int folder, const char *path, mode_t mode, int flags) {
    static int (*next)(int, const char *, mode_t, int);
    if (has_no_modes(path)) return refuse(EPERM);
    if (!next) next = dlsym(RTLD_NEXT, "fchmodat");
    return next(folder, path, mode, flags);
}

int fchmod(int file, mode_t mode) {
    static int (*next)(int, mode_t);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (has_no_modes(path)) return refuse(EPERM);
    if (!next) next = dlsym(RTLD_NEXT, "fchmod");
    return next(file, mode);
}

// STILL_OPEN: the name of a file that somebody has open for ever; NFS keeps such a file under another name.
int unlinkat(int folder, const char *path, int flags) {
    static int (*next)(int, const char *, int);
    const char *open = getenv("STILL_OPEN"), *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (open && strncmp(name, ".nfs", 4) == 0) return refuse(EBUSY);
    if (open && strcmp(name, open) == 0) {
        char kept[PATH_MAX];
        snprintf(kept, sizeof kept, "%.*s.nfs0001", (int)(name - path), path);
        return renameat(folder, path, folder, kept);
    }
    if (!next) next = dlsym(RTLD_NEXT, "unlinkat");
    return next(folder, path, flags);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
