"""TLS contexts: which file of ours is at fault is told by name, none asks for a passphrase, each is read again."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from sutaz_tui.config import Tls
from sutaz_tui.errors import Unreachable
from sutaz_tui.sources.contexts import Contexts
from tests.certificates import certificate
from tests.unusable_files import FAULTS, Fault


async def fault(contexts: Contexts, tls: Tls | None) -> str:
    """What is said of settings that cannot be used."""
    with pytest.raises(Unreachable) as caught:
        await contexts.get(tls, "Shop")
    assert caught.value.source == "Shop"
    return caught.value.words


@pytest.mark.parametrize("wrong", FAULTS.values(), ids=FAULTS)
async def test_the_one_file_at_fault_is_named_with_its_setting_and_what_to_do(
    tmp_path: Path, wrong: Fault
) -> None:
    tls = wrong.make(tmp_path)
    words = await fault(Contexts(), tls)
    assert words.startswith(wrong.told(tls))
    # The other half of a pair is named where it is the pair that does not fit.
    others = {"ca_file", "cert_file", "key_file"} - {wrong.setting}
    assert [other for other in others if other in words] == (
        ["cert_file"] if "is not the key" in words else []
    )


async def test_a_file_that_this_user_may_not_read(tmp_path: Path) -> None:
    file = certificate(tmp_path / "ca.pem")
    file.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        words = await fault(Contexts(), Tls(ca_file=str(file)))
    finally:
        os.seteuid(user)
    assert words == f"ca_file {file} may not be read by this user; change its mode or owner"


async def test_a_file_that_was_mended_is_used_without_a_restart(tmp_path: Path) -> None:
    contexts, file = Contexts(), tmp_path / "ca.pem"
    tls = Tls(ca_file=str(file))
    assert "is missing" in await fault(contexts, tls)
    file.write_text("not a certificate")
    assert "holds no certificate" in await fault(contexts, tls)
    certificate(file)
    assert (await contexts.get(tls, "Shop")).get_ca_certs()


async def test_an_authority_that_expires_while_the_board_runs_is_our_file_at_fault(tmp_path: Path) -> None:
    at = time.time()
    contexts, file = Contexts(lambda: at), certificate(tmp_path / "ca.pem", 30)
    tls = Tls(ca_file=str(file))
    context = await contexts.get(tls, "Shop")
    assert await contexts.get(tls, "Shop") is context
    at += 31 * 86_400
    words = await fault(contexts, tls)
    assert words.startswith(f"ca_file {file} expired ") and words.endswith("; give the current certificate")
    certificate(file, 90)
    assert await contexts.get(tls, "Shop") is not context


async def test_an_authority_of_tomorrow_points_at_the_clock(tmp_path: Path) -> None:
    file = certificate(tmp_path / "ca.pem")
    words = await fault(Contexts(lambda: time.time() - 2 * 86_400), Tls(ca_file=str(file)))
    assert "is not valid before" in words and words.endswith("; check this machine's clock")


async def test_where_nothing_is_checked_an_expired_authority_hurts_nobody(tmp_path: Path) -> None:
    tls = Tls(ca_file=str(certificate(tmp_path / "ca.pem")), verify="insecure")
    await Contexts(lambda: time.time() + 31 * 86_400).get(tls, "Shop")


async def test_a_machine_without_authorities_blames_no_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    contexts = Contexts()
    assert await fault(contexts, None) == (
        "this machine trusts no certificate authority; install ca-certificates or set ca_file"
    )
    await contexts.get(Tls(verify="insecure"), "Shop")
    await contexts.get(Tls(ca_file=str(certificate(tmp_path / "ca.pem"))), "Shop")


async def test_one_context_serves_all_with_the_same_settings() -> None:
    contexts = Contexts()
    insecure = Tls(verify="insecure")
    first, second = await asyncio.gather(contexts.get(insecure, "Shop"), contexts.get(insecure, "Mill"))
    assert first is second
    assert await contexts.get(None, "Shop") is not first
