"""Every check and the demonstration; CI runs nothing that a person cannot."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "architecture", "tests", "docs"]

HERE = Path(__file__).parent
CORE = "./dfs-core"
PLUGINS = [f"./plugins/{path.name}" for path in sorted((HERE / "plugins").glob("dfs-*"))]
TESTING = [
    "pytest", "pytest-timeout", "pytest-xdist", "hypothesis", "httpx2", "hatchling",
    "import-linter",
]  # fmt: skip
OWN_SESSIONS = ("browser", "clients", "cpl", "faults", "postgres")
"""Markers of the tests that a session of their own runs."""
ALL_OTHERS = " and ".join(f"not {marker}" for marker in OWN_SESSIONS)
CONSTRAINTS = ["-c", "constraints.txt"]


def install(session: nox.Session, *packages: str, plugins: bool = True) -> None:
    """Install the project's own packages anew, and what else is named, as CI tested it."""
    own = [f"{CORE}[postgres,testkit,web]", *(PLUGINS if plugins else ())]
    session.install("--quiet", *CONSTRAINTS, *own, *packages)
    # A session keeps its environment; the version of our packages does not change with
    # every edit, so they are put in again without their dependencies.
    session.install("--quiet", "--force-reinstall", "--no-deps", CORE, *own[1:])


def prepare(session: nox.Session, out: Path) -> None:
    """Verify a block at home, and bring it into a service that keeps a granted run."""
    out.mkdir()
    star, given = str(HERE / "demo" / "star.obx"), HERE / "demo"
    password = out / "password.txt"
    password.write_text("correct horse battery", encoding="utf-8")
    session.run("dfs", "ob", "time", star)
    session.run("dfs", "ob", "verify", star)
    session.run("dfs", "ob", "chart", star, "--out", str(out / "chart.jpg"))
    service = {
        "DFS_SERVICE__DATABASE": f"sqlite:///{out}/service.sqlite",
        "DFS_OBSERVATORY__FILE": str(given / "observatory.toml"),
    }
    session.run("dfs", "db", "upgrade", "--service", env=service)
    session.run("dfs", "user", "add", "anna", "--password-file", str(password), env=service)
    session.run("dfs", "run", "import", str(given / "programmes.toml"), env=service)
    run = "60.A-9253(U)"
    session.run("dfs", "ob", "import", star, "--run", run, "--user", "anna", env=service)
    session.run("dfs", "ob", "list", run, env=service)
    session.log("DFS_SERVICE__DATABASE=… dfs serve shows the run in a browser (docs/flow/prepare)")


@nox.session
def demo(session: nox.Session) -> None:
    """Prepare an observation; simulate calibration nights, reduce, judge, follow and trace."""
    started = time.monotonic()
    install(session)
    session.log(f"environment ready after {time.monotonic() - started:.0f} s")
    out = HERE / "demo-out"
    shutil.rmtree(out, ignore_errors=True)
    has_cpl = shutil.which("esorex") is not None

    prepare(session, out)

    def night(instrument: str, target: str, *options: str) -> str:
        raw, reduced = str(out / instrument / "raw"), str(out / instrument / "reduced")
        session.run("dfs", "simulate", instrument, "--out", raw, "--night", "2026-11-22")
        session.run("dfs", "organise", raw, "--target", target)
        session.run("dfs", "reduce", raw, "--out", reduced, "--target", target, *options)
        return reduced

    night("fors", "calibration")
    # The whole echelle cascade needs the real recipes; without them it ends at the flats.
    uves = night("uves", "MASTER_FLAT_BLUE" if not has_cpl else "LINE_TABLE_BLUE")
    session.log("once more: nothing has changed, so nothing is computed")
    raw = str(out / "uves" / "raw")
    session.run("dfs", "reduce", raw, "--out", uves, "--target", "MASTER_FLAT_BLUE")

    def product(workspace: str, category: str) -> str:
        pattern = f"products/uves/*_blue-*/*_{category.lower()}.fits"
        return str(next(Path(workspace).glob(pattern)))

    session.run("dfs", "trace", product(uves, "MASTER_FLAT_BLUE"), "--depth", "2")
    of_bias = ("--category", "MASTER_BIAS_BLUE", "--workspace", uves)
    session.run("dfs", "qc", "trend", "QC.OUT1.RON.MASTER", *of_bias)
    if not has_cpl:
        session.log("esorex is not installed: the real recipes and the comparison are left out")
        return
    real, pages = str(out / "uves" / "real"), str(out / "uves" / "comparison")
    bias = "MASTER_BIAS_BLUE"
    session.run("dfs", "reduce", raw, "--out", real, "--runner", "esorex", "--target", bias)
    pair = product(uves, bias), product(real, bias)
    session.run("dfs", "compare", *pair, "--unit", "0", "--tolerance", "0.01", "--html", pages)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the suite on the installed packages, the instruments' plugins among them."""
    install(session, *TESTING)
    session.run("pytest", "-n", "2", "-m", ALL_OTHERS, *session.posargs)


@nox.session
def tests_postgres(session: nox.Session) -> None:
    """Run the services on a PostgreSQL server of their own."""
    install(session, *TESTING)
    session.run("pytest", "-m", "postgres", *session.posargs)


@nox.session
def tests_browser(session: nox.Session) -> None:
    """Use the pages in headless Chromium; skipped with the reason where there is none."""
    install(session, *TESTING, "axe-core-python", "playwright")
    session.run("pytest", "-m", "browser", *session.posargs)


@nox.session
def tests_clients(session: nox.Session) -> None:
    """Let the official clients work against the service, and try to break its interface."""
    install(session, *TESTING, "p2api", "phase1api", "schemathesis")
    session.run("pytest", "-m", "clients", *session.posargs)


@nox.session
def tests_cpl(session: nox.Session) -> None:
    """Run real CPL recipes through esorex; what is not installed is skipped with the reason."""
    install(session, *TESTING)
    session.run("pytest", "-n", "2", "-m", "cpl", *session.posargs)


@nox.session
def tests_faults(session: nox.Session) -> None:
    """Kill, fill the disk, damage files: nothing may be lost, nothing half-written stay."""
    install(session, *TESTING)
    session.run("pytest", "-n", "2", "-m", "faults", *session.posargs)


@nox.session
def core(session: nox.Session) -> None:
    """Run the core's suite with no instrument installed."""
    install(session, *TESTING, plugins=False)
    session.run("pytest", "-n", "2", "-m", ALL_OTHERS, "dfs-core/tests", *session.posargs)


@nox.session
def base(session: nox.Session) -> None:
    """Run the core without any extra: what an astronomer installs at home."""
    session.install("--quiet", *CONSTRAINTS, CORE, *PLUGINS)
    session.run("python", "-m", "pip", "check")
    session.run("dfs", "plugin", "list")
    out = session.create_tmp()
    session.run("dfs", "simulate", "uves", "--out", f"{out}/raw", "--rows", "64", "--seed", "1")
    session.run("dfs", "reduce", f"{out}/raw", "--out", f"{out}/reduced")


@nox.session
def newest(session: nox.Session) -> None:
    """Run the suite with the newest release of every dependency; not a gate."""
    session.install("--quiet", "--upgrade", f"{CORE}[postgres,testkit,web]", *PLUGINS, *TESTING)
    session.run("pytest", "-n", "2", *session.posargs, success_codes=[0, 1])


@nox.session(python=["3.12", "3.13"])
def pythons(session: nox.Session) -> None:
    """Run the suite on the other supported versions of Python, where they are installed."""
    install(session, *TESTING)
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install("--quiet", *CONSTRAINTS, "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types strictly."""
    install(session, "mypy", "nox", "pytest", "hypothesis", "types-PyYAML")
    session.run("mypy", "dfs-core/src", *(f"{p[2:]}/src" for p in PLUGINS))


@nox.session
def architecture(session: nox.Session) -> None:
    """Hold the tree to the laws of the house: layers, purity, the contract's snapshot."""
    install(session, *TESTING, plugins=False)
    session.run("lint-imports")
    session.run("pytest", "dfs-core/tests/architecture", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    install(session, "sphinx", "myst-parser", "numpydoc", "pydata-sphinx-theme")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build")
    session.log(f"see {HERE / 'docs/_build/index.html'}")


@nox.session
def build(session: nox.Session) -> None:
    """Build every distribution and install the wheels into an empty environment."""
    session.install("--quiet", *CONSTRAINTS, "build", "hatchling")
    out = Path(session.create_tmp()) / "dist"
    for package in (CORE, *PLUGINS):
        session.run(
            "python", "-m", "build", "--no-isolation", "--outdir", str(out), package, silent=True
        )
    wheels = [str(wheel) for wheel in sorted(out.glob("*.whl"))]
    session.install("--quiet", "--force-reinstall", *CONSTRAINTS, *wheels)
    session.run("dfs", "plugin", "list")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure beside the peers, in one run each; prints ratios and whether goals are met."""
    install(session, *TESTING, "astroplan", "ccdproc")
    chosen = session.posargs or sorted(str(path) for path in HERE.glob("benchmarks/bench_*.py"))
    for benchmark in chosen:
        session.run("python", benchmark)


@nox.session
def snapshot(session: nox.Session) -> None:
    """Write the snapshot of the public contract anew, after a version bump."""
    install(session, *TESTING, plugins=False)
    session.run("python", "dfs-core/tests/architecture/api_snapshot.py")


@nox.session
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew from the newest releases."""
    session.install(
        "--quiet", "--upgrade", f"{CORE}[postgres,testkit,web]", *TESTING, "ruff", "mypy",
        "sphinx", "myst-parser", "numpydoc", "pydata-sphinx-theme", "build", "ccdproc",
        "astroplan", "axe-core-python", "p2api", "phase1api", "playwright", "schemathesis",
        "types-PyYAML",
    )  # fmt: skip
    frozen = session.run("python", "-m", "pip", "freeze", "--exclude", "dfs-core", silent=True)
    (HERE / "constraints.txt").write_text(
        "# What CI tested; made by `nox -s constraints`.\n" + str(frozen), encoding="utf-8"
    )
