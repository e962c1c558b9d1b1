"""The MIP Proxy as a process of its own (`mipvet act`), behind a NAT that is nftables."""

from program import SCENARIOS, failures, iut_file, mipvet, needs_root, report_of

pytestmark = needs_root
IUT = SCENARIOS / "iuts" / "mip-proxy-behind-nat.json"


def test_a_proxy_in_a_process_behind_nftables_passes():
    result = mipvet("run", SCENARIOS / "mipp", "--iut", IUT, "-j", "8")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_deviating_proxy_fails_with_exactly_its_requirement(tmp_path):
    iut = iut_file(tmp_path, "--node mipp ", "--node mipp --deviate MIPP-2.2.1-13 ")
    report = tmp_path / "report.json"
    result = mipvet("run", SCENARIOS / "mipp", "-j", "8", "--iut", iut, "--report",
                    f"json:{report}")
    assert result.returncode == 1, result.stdout + result.stderr
    failed = set().union(*map(failures, report_of(report).values()))
    assert failed == {("MIPP-2.2.1-13", "mipp")}


def test_a_proxy_that_dies_is_never_a_pass(tmp_path):
    iut = iut_file(tmp_path, "exec {mipvet} act", "exec timeout 3 {mipvet} act")
    result = mipvet("run", SCENARIOS / "mipp" / "move.json", "--iut", iut)
    assert result.returncode in (3, 4), result.stdout + result.stderr
    assert "mipp/move  pass" not in result.stdout
