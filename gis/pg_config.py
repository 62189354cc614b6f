"""The private cluster's configuration: what a county of tens of thousands of households on a small machine needs."""

import os
from pathlib import Path

ACCESS = """\
# Written by wangge. One machine, and a password even there.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""

_MIB = 2**20


def settings_text(*, port: int, socket_folder: Path | None, log_folder: Path, durable: bool) -> str:
    """The text of ``postgresql.conf``, written anew at each start; ``ALTER SYSTEM`` goes over it.

    Parameters
    ----------
    port : TCP port on the loopback address, and part of the socket's name.
    socket_folder : folder of the unix socket; None where its path would be too long for one.
    durable : false for throw-away clusters, which may lose everything in a crash.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MIB
    values: dict[str, str | int] = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": str(socket_folder or ""),
        "unix_socket_permissions": "0700",
        "max_connections": 60,
        "password_encryption": "scram-sha-256",
        "ssl": "off",
        "cluster_name": "wangge",
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
        "lc_messages": "C",
        # Memory: a county fits into 512 MB; a small machine gives less.
        "shared_buffers": f"{min(512, max(128, memory // 8))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(256, max(64, memory // 16))}MB",
        "huge_pages": "off",
        # Short queries: compiling them costs more than it saves. Disks are SSDs.
        "jit": "off",
        "random_page_cost": "1.1",
        "wal_compression": "on",
        "min_wal_size": "128MB",
        "max_wal_size": "1GB",
        "checkpoint_timeout": "15min",
        # A week of logs. Rows of people must not get into them: neither parameters nor the DETAIL of an error.
        "logging_collector": "on",
        "log_directory": str(log_folder),
        "log_filename": "postgresql-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
    }
    if not durable:
        values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
    lines = [f"{name} = {_quoted(value)}" for name, value in values.items()]
    return "\n".join(["# Written by wangge at each start; use ALTER SYSTEM to change a value.", *lines, ""])


def _quoted(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("\\", r"\\").replace("'", "''") + "'"
