"""Strata's own hardening, run on file systems as parents have them."""

from pathlib import Path

import pytest

from .build_server import BuildServer
from .test_recipe_documents import PLAIN

INCLUDES = "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nMatch User git\n  PasswordAuthentication yes\n"
PLAIN_SSHD = "PermitRootLogin yes\nPasswordAuthentication yes\nSubsystem sftp internal-sftp\n"
DROP_IN = "etc/ssh/sshd_config.d/00-strata.conf"


@pytest.fixture
def server(tmp_path: Path) -> BuildServer:
    """A server with what the baseline changes."""
    made = BuildServer(tmp_path)
    made.write("etc/ssh/sshd_config", INCLUDES).chmod(0o644)
    made.write("etc/login.defs", "MAIL_DIR\t/var/spool/mail\nUMASK\t\t022\n# UMASK is said above\n")
    made.write("etc/crontab", "SHELL=/bin/bash\n").chmod(0o644)
    for folder in ("cron.hourly", "cron.daily", "cron.d"):
        (made.root / "etc" / folder).mkdir(mode=0o755)
    return made


def hardened(server: BuildServer) -> None:
    done = server.run(PLAIN, "harden", "baseline")
    assert (done.returncode, done.stderr) == (0, "")


def mode(server: BuildServer, path: str) -> str:
    return oct((server.root / path).stat().st_mode & 0o777)


def test_modules_of_file_systems_that_no_server_needs_cannot_be_loaded(server: BuildServer):
    hardened(server)
    lines = server.read("etc/modprobe.d/90-strata.conf").splitlines()
    for module in ("cramfs", "freevxfs", "hfs", "hfsplus", "jffs2", "udf", "usb-storage"):
        assert f"install {module} /bin/false" in lines
        assert f"blacklist {module}" in lines
    assert not [line for line in lines if "squashfs" in line or "overlay" in line], "packages and containers need them"


def test_the_kernel_takes_no_redirects_and_no_routes_from_others(server: BuildServer):
    hardened(server)
    lines = server.read("etc/sysctl.d/90-strata.conf").splitlines()
    assert len(lines) == len({line.partition(" ")[0] for line in lines}) == 22
    for line in (
        "net.ipv4.conf.all.accept_redirects = 0",
        "net.ipv4.conf.default.send_redirects = 0",
        "net.ipv6.conf.all.accept_source_route = 0",
        "net.ipv4.tcp_syncookies = 1",
        "kernel.randomize_va_space = 2",
        "fs.suid_dumpable = 0",
    ):
        assert line in lines
    assert not [line for line in lines if "forward" in line], "a server of containers forwards"


def test_no_process_leaves_its_memory_on_a_disk(server: BuildServer):
    hardened(server)
    assert server.read("etc/security/limits.d/90-strata.conf") == "* hard core 0\n"
    assert "Storage=none" in server.read("etc/systemd/coredump.conf.d/90-strata.conf").splitlines()


def test_files_of_people_are_not_for_everybody(server: BuildServer):
    hardened(server)
    assert server.read("etc/profile.d/90-strata.sh") == "umask 027\n"
    assert server.read("etc/login.defs") == "MAIL_DIR\t/var/spool/mail\nUMASK 027\n# UMASK is said above\n"


def test_only_root_reads_what_cron_runs(server: BuildServer):
    hardened(server)
    found = {path: mode(server, f"etc/{path}") for path in ("crontab", "cron.hourly", "cron.daily", "cron.d")}
    assert found == {"crontab": "0o600", "cron.hourly": "0o700", "cron.daily": "0o700", "cron.d": "0o700"}


def test_root_and_passwords_do_not_log_in_where_sshd_reads_a_folder(server: BuildServer):
    hardened(server)
    lines = server.read(DROP_IN).splitlines()
    assert {"PermitRootLogin no", "PasswordAuthentication no", "PermitEmptyPasswords no"} <= set(lines)
    # sshd takes the first value: the folder is read before the rest, and this file before that of cloud-init
    server.write("etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n")
    assert min(each.name for each in (server.root / DROP_IN).parent.iterdir()) == "00-strata.conf"
    assert server.read("etc/ssh/sshd_config") == INCLUDES
    assert (mode(server, "etc/ssh/sshd_config"), mode(server, DROP_IN)) == ("0o600", "0o600")


def test_root_and_passwords_do_not_log_in_where_it_reads_none(server: BuildServer):
    server.write("etc/ssh/sshd_config", PLAIN_SSHD)
    hardened(server)
    lines = server.read("etc/ssh/sshd_config").splitlines()
    assert lines.index("PermitRootLogin no") < lines.index("PermitRootLogin yes")
    assert lines.index("PasswordAuthentication no") < lines.index("PasswordAuthentication yes")
    assert lines[-1] == "Subsystem sftp internal-sftp"
    assert not (server.root / DROP_IN).exists()


@pytest.mark.parametrize("config", [INCLUDES, PLAIN_SSHD])
def test_hardening_twice_changes_nothing_more(server: BuildServer, config: str):
    server.write("etc/ssh/sshd_config", config)

    def files() -> dict[str, tuple[str, int]]:
        found = (file for file in (server.root / "etc").rglob("*") if file.is_file())
        return {str(file): (file.read_text("utf-8"), file.stat().st_mode) for file in found}

    hardened(server)
    once = files()
    hardened(server)
    assert files() == once


def test_a_configuration_that_sshd_refuses_ends_the_build(server: BuildServer):
    server.stub("sshd")
    hardened(server)
    assert server.calls == [f"sshd -t -f {server.root}/etc/ssh/sshd_config"]
    server.stub("sshd", "echo 'Bad configuration option' >&2; exit 255")
    done = server.run(PLAIN, "harden", "baseline")
    assert done.returncode == 255
    assert "Bad configuration option" in done.stderr


def test_a_parent_without_ssh_and_cron_is_hardened_too(tmp_path: Path):
    server = BuildServer(tmp_path)
    hardened(server)
    assert not (server.root / "etc/ssh/sshd_config").exists()
    assert (server.root / "etc/modprobe.d/90-strata.conf").exists()
