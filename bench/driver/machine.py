# SPDX-License-Identifier: Apache-2.0
"""What was measured on: printed with the results, so that nobody takes them for their own machine's."""

import os
import pathlib
import platform
import re


def read(path):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def first(expression, text, otherwise="unknown"):
    found = re.search(expression, text, re.MULTILINE)
    return found[1].strip() if found else otherwise


def describe():
    """Returns {what: words}."""
    cpus = read("/proc/cpuinfo")
    memory = int(first(r"^MemTotal:\s*(\d+)", read("/proc/meminfo"), "0"))
    cores = os.cpu_count()  # not those of this process, which keeps off the measured one
    hypervisor = ", virtual machine" if re.search(r"^flags\s*:.*\bhypervisor\b", cpus, re.MULTILINE) else ""
    caches = []
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if read(index / "type").strip() != "Instruction":
            caches.append(f"L{read(index / 'level').strip()} {read(index / 'size').strip()}")
    return {
        "processor": first(r"^model name\s*:\s*(.*)", cpus, platform.processor() or platform.machine())
                     + f", {cores} cores" + hypervisor,
        "caches": ", ".join(caches) or "unknown",
        "memory": f"{memory / (1 << 20):.0f} GiB",
        "system": ", ".join([first(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"), "unknown"),
                             f"{platform.system()} {platform.release()}"]),
        "C library": " ".join(platform.libc_ver()) or "unknown",
        "huge pages": first(r"\[(\w+)\]", read("/sys/kernel/mm/transparent_hugepage/enabled")),
    }


def ticks():
    """(ticks of all cores, those that went to other virtual machines) since the start of the system."""
    fields = [int(field) for field in first(r"^cpu +(.*)", read("/proc/stat"), "").split()]
    return (sum(fields[:8]), fields[7]) if len(fields) >= 8 else (0, 0)


def stolen(before, after):
    """Percent of all cores' time in between that went to other virtual machines."""
    return 100.0 * (after[1] - before[1]) / max(1, after[0] - before[0])
